import Glibc

RuntimeHooks.insistOnOneOrderOfSets()
guard RuntimeHooks.install() else { fatalError("this runtime cannot be simulated") }
exit(Simulation.run(Array(CommandLine.arguments.dropFirst())))
