/// What an actor of a loop runs on: its own executor, and the one that its tasks prefer, so that nothing that it does
/// leaves the loop.
public typealias LoopExecutor = SerialExecutor & TaskExecutor
