public import ChatDomain
import EventCodec
public import WireProtocol

/// The form that a message has by now, beside what it was when it was said.
struct MessageForm {
    /// The text of its last edit; nil if there is none.
    var text: String?
    /// Whether it was taken back: nobody is shown its text, nor that of an edit.
    var isRecalled = false
    /// The reactions to it.
    var reactions: [WireReaction] = []
}

extension FeedEncoder {
    /// The messages of a page of `MessageSent` events in their latest form, as of a position or later.
    public func messages(
        _ events: [RecordedEvent], _ reads: any ReadModels, atLeast position: Position
    ) async throws(EventLogError) -> [WireMessage] {
        let opened = try await open(events)
        let asked = events.compactMap { event in
            event.stream.conversation.map { MessageAsked(conversation: $0, seq: event.version, until: nil) }
        }
        guard asked.count == opened.count else { throw .refused("a message stands in no conversation") }
        let forms = try await forms(of: asked, reads, atLeast: position)
        return zip(opened, forms).compactMap { opened, form in
            if case .messageSent(let message) = opened.1 { wire(message, opened.0, form) } else { nil }
        }
    }

    /// The texts of messages and edits by position, each as it was written, without those that cannot be opened any more.
    public func texts(of events: [RecordedEvent]) async throws(EventLogError) -> [Position: String] {
        var texts: [Position: String] = [:]
        for (recorded, event) in try await contents(of: events) {
            switch event {
            case .messageSent(let message): texts[recorded.position] = message.text
            case .messageEdited(let edit): texts[recorded.position] = edit.text
            default: continue
            }
        }
        return texts
    }

    /// The items of a page of a backlog: messages in their latest form, marks on messages that the user could read.
    ///
    /// A message that has been taken back has no text, and neither have the edits before that.
    public func encode(_ page: BacklogPage, _ reads: any ReadModels) async throws(EventLogError) -> [FeedItem] {
        let relevant = page.entries.filter { Self.types.contains($0.event.type) }
        let opened = try await open(relevant.map(\.event))
        let shown = zip(relevant, opened).filter { entry, opened in
            opened.1.marked.map { $0.position > entry.since } ?? true
        }
        let asked = shown.map { entry, opened in Self.asked(opened.0, opened.1, until: entry.until) }
        var forms = try await forms(of: asked.compactMap { $0 }, reads, atLeast: page.through)[...]
        var items: [FeedItem] = []
        for ((entry, opened), asked) in zip(shown, asked) {
            items.append(
                item(
                    opened.0, opened.1, form: asked == nil ? nil : forms.popFirst(),
                    settings: try await settings(opened.1, until: entry.until)))
        }
        return items
    }

    /// The settings that a group had when whom the entry concerns ceased to belong to it: what became of them later is
    /// not for them. Nil if they still belong to it. Read from the log anew each time: such entries are few.
    private func settings(_ event: ChatEvent, until: Position?) async throws(EventLogError) -> GroupState? {
        guard let until, let group = event.shownGroup else { return nil }
        return try await directory.settings(of: group, asOf: until)
    }

    /// The message whose form the push of an event shows.
    private static func asked(_ recorded: RecordedEvent, _ event: ChatEvent, until: Position?) -> MessageAsked? {
        switch event {
        case .messageSent(let message):
            MessageAsked(conversation: message.conversation, seq: recorded.version, until: until)
        case .messageEdited(let edit):
            MessageAsked(conversation: edit.message.conversation, seq: edit.message.seq, until: until)
        default: nil
        }
    }

    private func forms(
        of messages: [MessageAsked], _ reads: any ReadModels, atLeast position: Position
    ) async throws(EventLogError) -> [MessageForm] {
        guard !messages.isEmpty else { return [] }
        let marks = try await reads.marks(of: messages, atLeast: position)
        guard marks.count == messages.count else { throw .refused("marks of other messages than were asked for") }
        let edits = try await open(marks.compactMap(\.edit))
        var texts: [Position: String] = [:]
        for (recorded, event) in edits {
            if case .messageEdited(let edit) = event { texts[recorded.position] = edit.text ?? "" }
        }
        return marks.map { mark in
            MessageForm(
                text: mark.edit.flatMap { texts[$0.position] }, isRecalled: mark.isRecalled,
                reactions: mark.reactions)
        }
    }

    /// A message as it is shown.
    func wire(_ message: MessageSent, _ recorded: RecordedEvent, _ form: MessageForm?) -> WireMessage {
        var shown = WireMessage(
            position: recorded.position, conversation: message.conversation, seq: recorded.version,
            from: directory.user(message.from), text: form?.text ?? message.text ?? "", at: recorded.recordedAt,
            replyTo: message.replyTo)
        guard let form else { return shown }
        shown.isEdited = form.text != nil
        shown.reactions = form.reactions
        if form.isRecalled {
            shown.text = ""
            shown.isRecalled = true
            shown.isEdited = false
            shown.reactions = []
        }
        return shown
    }

    /// The pushes about an earlier message.
    func push(_ recorded: RecordedEvent, marked event: ChatEvent, form: MessageForm?) -> Push? {
        switch event {
        case .messageEdited(let edit):
            let text = form?.isRecalled == true ? "" : form?.text ?? edit.text ?? ""
            return .edited(mark(recorded, edit.message, edit.by), text: text)
        case .messageRecalled(let recall): return .recalled(mark(recorded, recall.message, recall.by))
        case .reactionAdded(let added):
            return .reaction(mark(recorded, added.message, added.by), emoji: added.emoji, removed: false)
        case .reactionRemoved(let removed):
            return .reaction(mark(recorded, removed.message, removed.by), emoji: removed.emoji, removed: true)
        default: return nil
        }
    }

    private func mark(_ recorded: RecordedEvent, _ message: MessageReference, _ by: UserID) -> WireMark {
        WireMark(
            position: recorded.position, conversation: message.conversation, seq: message.seq,
            by: directory.user(by), at: recorded.recordedAt)
    }
}
