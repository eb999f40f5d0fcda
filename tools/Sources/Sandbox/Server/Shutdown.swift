import Dispatch
import Foundation

/// Ends the process at once and tidily. The framework's graceful shutdown would wait for every open request,
/// and requests here may hang on purpose for minutes.
enum Shutdown {
    /// Runs `work` and exits when a signal arrives, for as long as the returned sources live.
    static func onSignals(
        _ signals: [Int32], _ work: @escaping @Sendable () -> Void
    ) -> [any DispatchSourceSignal] {
        signals.map { number in
            // The default action would end the process before the source hears of the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                work()
                exit(0)
            }
            source.activate()
            return source
        }
    }
}
