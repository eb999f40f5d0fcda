import Foundation

/// The rules about names, words and what declarations owe one another: all that reading them does not show.
struct Rules {
    let problems: Problems

    func check(_ interface: Interface) {
        // A declaration that could not be read would seem to be missing from its pair.
        if problems.isEmpty {
            checkSectionNumbers(interface)
            checkUniqueNames(interface)
            checkOrder(interface)
            checkPairs(interface.functions)
        }
        for section in interface.sections {
            section.handles.forEach { expect($0.name, #/i2v_[a-z][a-z0-9_]*/#, "i2v_<noun>", $0.location) }
            section.constants.forEach { expect($0.name, #/I2V_[A-Z0-9_]+/#, "I2V_<NAME>", $0.location) }
            section.enumerations.forEach(check)
            section.callbacks.forEach(check)
            section.functions.forEach(check)
        }
    }

    // MARK: One declaration

    private func check(_ enumeration: Enumeration) {
        expect(enumeration.name, #/i2v_[a-z][a-z0-9_]*/#, "i2v_<noun>", enumeration.location)
        if enumeration.members.isEmpty {
            problems.report(enumeration.location, "\(enumeration.name): its enum has no cases")
        }
        var values: Set<Int32> = []
        for member in enumeration.members {
            expect(member.name, #/I2V_[A-Z0-9_]+/#, "I2V_<NAME>", member.location)
            if !values.insert(member.value).inserted {
                problems.report(member.location, "\(member.name): the value \(member.value) is taken")
            }
        }
    }

    private func check(_ callback: Callback) {
        expect(callback.name, #/i2v_[a-z][a-z0-9_]*_fn/#, "i2v_<event>_fn", callback.location)
        let last = callback.parameters.last
        if last?.name != "user_data" || last?.type != .pointer(to: .void, constant: false) {
            problems.report(
                callback.location,
                "\(callback.name): the last parameter must be `_ userData: UnsafeMutableRawPointer?`")
        }
        checkNames(callback.parameters, of: callback.name, at: callback.location)
        if !callback.documentation.parameters.isEmpty {
            checkParameters(
                callback.documentation, callback.parameters, of: callback.name, at: callback.location)
        }
    }

    private func check(_ function: Function) {
        let (name, place, text) = (function.name, function.location, function.documentation)
        func refuse(_ message: String) { problems.report(place, "\(name): \(message)") }

        expect(name, #/i2v_[a-z][a-z0-9]*(_[a-z0-9]+)+/#, "i2v_<noun>_<verb>", place)
        checkNames(function.parameters, of: name, at: place)
        checkSummary(text.summary, of: name, at: place)
        checkParameters(text, function.parameters, of: name, at: place)

        if function.result == .void, text.fields[.returns] != nil {
            refuse("documents a result but returns nothing")
        }
        if function.result != .void, text.fields[.returns] == nil {
            refuse("the doc comment needs \"- Returns:\"")
        }
        let handsOver = function.result.needsOwner || function.parameters.contains { $0.type.handsOut }
        if handsOver, text.fields[.ownership] == nil {
            refuse("hands out a handle or a text, so the doc comment needs \"- Ownership:\"")
        }
        if text.fields[.threads] == nil { refuse("the doc comment needs \"- Threads:\"") }
        if text.fields[.callbacks] == nil {
            refuse("the doc comment needs \"- Callbacks:\" (whether callbacks may call it)")
        }
    }

    private func checkSummary(_ summary: String, of name: String, at place: Location) {
        if !summary.hasSuffix(".") {
            problems.report(place, "\(name): the first paragraph must end with a full stop")
        }
    }

    private func checkParameters(
        _ text: Documentation, _ parameters: [Parameter], of name: String, at place: Location
    ) {
        let documented = text.parameters.map(\.name)
        let actual = parameters.map(\.swiftName)
        for parameter in actual where !documented.contains(parameter) {
            problems.report(place, "\(name): the parameter \(parameter) is not documented")
        }
        for parameter in documented where !actual.contains(parameter) {
            problems.report(place, "\(name): documents \(parameter), which is no parameter")
        }
        if Set(documented) == Set(actual), documented != actual {
            problems.report(place, "\(name): documents its parameters in another order or twice")
        }
        for (parameter, blocks) in text.parameters where blocks.isEmpty {
            problems.report(place, "\(name): says nothing about \(parameter)")
        }
    }

    private func checkNames(_ parameters: [Parameter], of name: String, at place: Location) {
        for parameter in parameters where Names.reserved.contains(parameter.name) {
            problems.report(
                place, "\(name): \(parameter.name) is a keyword of C or C++; rename the parameter")
        }
    }

    private func expect(_ name: String, _ pattern: some RegexComponent, _ shape: String, _ place: Location) {
        if name.wholeMatch(of: pattern) == nil {
            problems.report(place, "\(name): must be named \(shape)")
        }
    }

    // MARK: All together

    private func checkSectionNumbers(_ interface: Interface) {
        for (one, next) in zip(interface.sections, interface.sections.dropFirst())
        where one.number == next.number {
            problems.report(next.location, "section \(next.number) is also \(one.location.file)")
        }
    }

    private func checkUniqueNames(_ interface: Interface) {
        var seen: [String: Location] = [:]
        func claim(_ name: String, _ place: Location) {
            if let other = seen.updateValue(place, forKey: name) {
                problems.report(place, "\(name): also declared at \(other.file):\(other.line)")
            }
        }
        for section in interface.sections {
            section.handles.forEach { claim($0.name, $0.location) }
            section.constants.forEach { claim($0.name, $0.location) }
            section.enumerations.forEach { enumeration in
                claim(enumeration.name, enumeration.location)
                enumeration.members.forEach { claim($0.name, $0.location) }
            }
            section.callbacks.forEach { claim($0.name, $0.location) }
            section.functions.forEach { claim($0.name, $0.location) }
        }
    }

    /// C reads from top to bottom: a type must be declared in the same section or before.
    private func checkOrder(_ interface: Interface) {
        var declared: Set<String> = []
        func check(_ types: [CType], of name: String, at place: Location) {
            for type in types.compactMap(\.dependency) where !declared.contains(type) {
                problems.report(place, "\(name): uses \(type), which the header declares only later")
            }
        }
        for section in interface.sections {
            declared.formUnion(section.enumerations.map(\.name))
            for callback in section.callbacks {
                check(
                    callback.parameters.map(\.type) + [callback.result], of: callback.name,
                    at: callback.location)
                declared.insert(callback.name)
            }
            for function in section.functions {
                check(
                    function.parameters.map(\.type) + [function.result], of: function.name,
                    at: function.location)
            }
        }
    }

    /// What is created can be destroyed, what is retained can be released.
    private func checkPairs(_ functions: [Function]) {
        let names = Set(functions.map(\.name))
        for function in functions {
            let words = function.name.split(separator: "_")
            for (verb, opposite) in [("create", "destroy"), ("retain", "release")] {
                // In i2v_video_get_create_time the verb is get.
                guard let position = words.firstIndex(where: { $0 == verb }),
                    !words[..<position].contains(where: { ["get", "set", "copy"].contains($0) })
                else { continue }
                let partner = (words[..<position] + [Substring(opposite)]).joined(separator: "_")
                if !names.contains(partner) {
                    problems.report(function.location, "\(function.name): there is no \(partner)")
                }
            }
        }
    }
}
