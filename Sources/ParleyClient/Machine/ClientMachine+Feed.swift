import JSONText

/// What arrived, and where the feed goes on.
extension ClientMachine {
    /// Tells the server that what was pushed up to this position has arrived. A notification: logged within a second.
    package mutating func acknowledge(upTo position: Int64, at now: Int) -> [ClientAction] {
        guard position > arrived else { return [] }
        arrived = position
        forgetOwnPositions()
        return sayWhatArrived(at: now)
    }

    /// Says it once on a connection.
    mutating func sayWhatArrived(at now: Int) -> [ClientAction] {
        guard options.feed, phase == .ready, arrived > acknowledged else { return [] }
        acknowledged = arrived
        sentAt = now
        return [.send(Wire.frame(id: nil, method: Wire.Method.ack, params: ["position": .integer(arrived)]))]
    }

    /// What an answered `ack` would say; nil if nothing has arrived.
    var acknowledgeable: Int64? { options.feed && arrived > 0 ? arrived : nil }

    /// Throws away what is pushed from now on, for nobody has room for it.
    mutating func skipFeed() {
        if phase == .ready { isSkipping = true }
    }

    /// Has the feed pushed again from behind what arrived, by a new session: at once, or when the answers that are awaited
    /// have come. Nothing is sent meanwhile.
    mutating func rereadFeed(at now: Int) -> [ClientAction] {
        guard isSkipping else { return [] }
        wantsReread = true
        return pump(at: now)
    }

    /// A new connection without waiting: nothing is wrong with the server.
    mutating func connectAgain(at now: Int) -> [ClientAction] {
        let actions: [ClientAction] = [.disconnect] + takeBackRequests()
        wantsReread = false
        isSkipping = false
        phase = .connecting
        return actions + [.connect]
    }

    /// Whether what the server sends is read: while it is not, its silence means nothing.
    mutating func hears(_ isHeard: Bool, at now: Int) {
        isDeaf = !isHeard
        guard isHeard else { return }
        receivedAt = now
        pingedAt = nil
    }

    /// Takes a request back; false if it was sent already, and is on its own.
    mutating func withdraw(_ tag: Int) -> Bool {
        guard let index = queue.firstIndex(where: { $0.tag == tag }) else { return false }
        queue.remove(at: index)
        return true
    }
}
