import ChatBenchKit

await ChatBenchProgram.run()
