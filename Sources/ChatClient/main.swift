import ChatClientKit

ChatClientProgram.run()
