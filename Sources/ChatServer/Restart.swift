import CommandLineTool
import Glibc

/// The process becomes a new one of the same program with the same arguments, under the same number: whoever watches
/// over it need not know.
enum Restart {
    /// Descriptors beside the standard ones.
    private static let firstDescriptor: Int32 = 3

    static func now() -> Never {
        // Listeners and connections must not outlive what serves them.
        for descriptor in firstDescriptor..<Int32(clamping: sysconf(Int32(_SC_OPEN_MAX))) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        unsafe execv("/proc/self/exe", CommandLine.unsafeArgv)
        exit(ExitCode.failed.rawValue)
    }
}
