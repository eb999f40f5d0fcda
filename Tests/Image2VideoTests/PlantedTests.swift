import Foundation
import Testing

/// Faults for the sanitizers to find before the other tests are run under them: one that does not find these would
/// find none. Each has the name of the sanitizer that must find it, and is only there for who sets `I2V_PLANTED`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["I2V_PLANTED"] != nil))
struct PlantedTests {
    @Test func address() {
        let number = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        number.initialize(to: 1)
        number.deallocate()
        #expect(number.pointee != 0)
    }

    @Test func thread() {
        nonisolated(unsafe) var count = 0
        let other = Thread { count += 1 }
        other.start()
        count += 1
        while !other.isFinished { usleep(1_000) }
        #expect(count > 0)
    }
}
