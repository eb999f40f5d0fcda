import Testing

@testable import Image2Video

/// What decides when a request goes, goes again, and whether what came is whole.
@Suite struct RetryTests {
    private var jitter = Jitter(seed: 7)

    private func error(_ status: Status, isRetryable: Bool = false, http: Int32 = 0) -> I2VError {
        I2VError(status, "x", httpStatus: http, isRetryable: isRetryable)
    }

    private mutating func pauses(
        _ policy: RetryPolicy, _ error: I2VError, mayHaveArrived: Bool, retryAfter: Int64 = 0
    ) -> Int {
        var retries = Retries(policy)
        var count = 0
        while retries.pause(
            after: error, mayHaveArrived: mayHaveArrived, retryAfter: retryAfter, until: .never, &jitter)
            != nil
        { count += 1 }
        return count
    }

    @Test mutating func aCreateThatMayHaveArrivedIsNeverRepeated() {
        for status in [Status.network, .http, .protocol, .server, .outcomeUnknown, .connect] {
            #expect(pauses(.create, error(status, isRetryable: true, http: 500), mayHaveArrived: true) == 0)
        }
        #expect(pauses(.create, error(.connect, isRetryable: true), mayHaveArrived: false) == 2)
        #expect(pauses(.create, error(.tls), mayHaveArrived: false) == 0)
    }

    @Test mutating func whatCameTooSoonIsRepeatedEvenIfItArrived() {
        #expect(pauses(.create, error(.rateLimit, isRetryable: true), mayHaveArrived: true) == 7)
        #expect(pauses(.read, error(.rateLimit, isRetryable: true), mayHaveArrived: true) == 7)
    }

    @Test mutating func questionsAreRepeatedAsOftenAsTheirPolicySays() {
        #expect(pauses(.read, error(.network, isRetryable: true), mayHaveArrived: true) == 3)
        #expect(pauses(.read, error(.server), mayHaveArrived: true) == 3)
        #expect(pauses(.read, error(.http, http: 404), mayHaveArrived: true) == 0)
    }

    @Test mutating func aPauseIsNotShorterThanAskedAndDoesNotPassTheEnd() {
        var retries = Retries(.create)
        let refused = error(.rateLimit, isRetryable: true)
        let pause = retries.pause(
            after: refused, mayHaveArrived: true, retryAfter: 5_000, until: .now + 60_000, &jitter)
        #expect(pause == 5_000)
        #expect(
            retries.pause(
                after: refused, mayHaveArrived: true, retryAfter: 86_400_000, until: .now + 60_000, &jitter)
                == nil)
    }

    @Test func aBucketLetsABurstGoAndThenItsRate() {
        let start = Instant(milliseconds: 1_000)
        var bucket = TokenBucket(perSecond: 10, now: start)
        for _ in 0..<20 {
            #expect(bucket.ready(start) == start)
            bucket.take()
        }
        #expect(bucket.ready(start) == start + 100)
        #expect(bucket.ready(start + 100) == start + 100)
        bucket.take()
        #expect(bucket.ready(start + 100) == start + 200)
        #expect(bucket.ready(start + 60_000) == start + 60_000)
    }

    @Test mutating func aBreakerLeavesAHostAloneAndTriesWithOne() {
        var breaker = Breaker()
        var isTrial: Bool
        var now = Instant(milliseconds: 1_000)
        for _ in 0..<4 { breaker.end(failed: true, isTrial: false, now: now, &jitter) }
        #expect(breaker.ready <= now)
        breaker.end(failed: true, isTrial: false, now: now, &jitter)
        #expect(breaker.ready > now)
        now = breaker.ready
        isTrial = breaker.start()
        #expect(isTrial)
        #expect(breaker.ready == .never)
        breaker.end(failed: true, isTrial: true, now: now, &jitter)
        #expect(breaker.ready > now && breaker.ready < now + 31_000)
        #expect(breaker.since == Instant(milliseconds: 1_000))
        isTrial = breaker.start()
        #expect(isTrial)
        breaker.end(failed: false, isTrial: true, now: now, &jitter)
        #expect(breaker.isIdle)
        isTrial = breaker.start()
        #expect(!isTrial)
    }

    @Test mutating func whatWasUnderWayBeforeDoesNotEndATrial() {
        var breaker = Breaker()
        let now = Instant(milliseconds: 1_000)
        for _ in 0..<5 { breaker.end(failed: true, isTrial: false, now: now, &jitter) }
        let ready = breaker.ready
        // Nor does it have the host left alone for longer.
        for _ in 0..<100 { breaker.end(failed: true, isTrial: false, now: now + 10, &jitter) }
        #expect(breaker.ready == ready)
        let isTrial = breaker.start()
        #expect(isTrial)
        breaker.end(failed: nil, isTrial: false, now: ready, &jitter)
        breaker.end(failed: true, isTrial: false, now: ready, &jitter)
        #expect(breaker.ready == .never)
        breaker.end(failed: nil, isTrial: true, now: ready, &jitter)
        #expect(breaker.ready == ready)
    }

    @Test func whatSaysNothingOfItsHostIsNotHeldAgainstIt() {
        #expect(Answer(curlCode: 0, httpStatus: 404).hostFailed == false)
        #expect(Answer(curlCode: 0, httpStatus: 503).hostFailed == true)
        #expect(Answer(curlCode: 7).hostFailed == true)
        #expect(Answer(curlCode: 23, httpStatus: 200).hostFailed == nil)
    }

    @Test(arguments: [
        ("http://a.b:1/c/d", "http://a.b:1"), ("https://h?x", "https://h"), ("https://h", "https://h"),
        ("http://h#f/", "http://h"), ("", ""),
    ])
    func limitsGoByTheBeginningOfAURL(url: String, origin: String) {
        #expect(WebURL.origin(of: url) == origin)
    }
}

@Suite struct ContentRangeTests {
    @Test(
        arguments: [
            ("bytes 0-99/100", 0, 100), ("Bytes 5-9/10", 5, 10), ("bytes 7-7/*", 7, nil),
            ("bytes */123", nil, 123),
        ] as [(String, Int64?, Int64?)])
    func partsAreRead(text: String, first: Int64?, total: Int64?) throws {
        let range = try #require(ContentRange(text))
        #expect(range.first == first)
        #expect(range.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes ", "bytes 1-2", "bytes 2-1/9", "bytes 0-9/9", "bytes -1-3/9", "bytes a-b/c",
        "items 0-1/2", "bytes 99999999999999999999-1/2", "bytes /5", "bytes */", "bytes 0-1/-2",
    ])
    func whatIsNoRangeIsNone(text: String) {
        #expect(ContentRange(text) == nil)
    }
}

@Suite struct MP4Tests {
    private func box(_ type: String, _ size: UInt32, _ count: Int) -> [UInt8] {
        [UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255)]
            + Array(type.utf8) + [UInt8](repeating: 0, count: count - 8)
    }

    private func isCut(_ bytes: [UInt8]) -> Bool {
        MP4.isCut(size: Int64(bytes.count)) { offset in
            guard offset < bytes.count else { return [] }
            return Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + 16)])
        }
    }

    @Test func aFileThatEndsWithItsLastBoxIsWhole() {
        #expect(!isCut(box("ftyp", 24, 24) + box("mdat", 100, 100)))
        #expect(!isCut(box("ftyp", 24, 24) + box("mdat", 0, 50)))
        let large = box("mdat", 1, 8) + [0, 0, 0, 0, 0, 0, 0, 40] + [UInt8](repeating: 0, count: 24)
        #expect(!isCut(box("ftyp", 24, 24) + large))
    }

    @Test func aFileThatEndsInABoxIsCut() {
        #expect(isCut(box("ftyp", 24, 24) + box("mdat", 100, 99)))
        #expect(isCut(box("ftyp", 24, 20)))
        let large = box("mdat", 1, 8) + [0, 0, 0, 0, 0, 0, 0, 41] + [UInt8](repeating: 0, count: 24)
        #expect(isCut(box("ftyp", 24, 24) + large))
        #expect(isCut(box("ftyp", 24, 24) + box("mdat", 1, 8)))
    }

    @Test func whatIsNoMP4OrHasMoreAtItsEndIsLeftAlone() {
        #expect(!isCut([]))
        #expect(!isCut(Array("GIF89a and so on".utf8)))
        #expect(!isCut(box("ftyp", 24, 24) + box("mdat", 50, 50) + [0, 0, 0]))
        #expect(!isCut(box("ftyp", 24, 24) + box("junk", 3, 12)))
    }
}
