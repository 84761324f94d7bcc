import JSONText
import Telemetry

/// The figures of one run.
struct RunReport: Sendable {
    /// Quantiles in milliseconds.
    struct Times: Sendable {
        let p50: Double
        let p99: Double
        let p999: Double
        let largest: Double

        init(_ histogram: Histogram) {
            let snapshot = histogram.snapshot()
            (p50, p99) = (Double(snapshot.p50) / 1e6, Double(snapshot.p99) / 1e6)
            (p999, largest) = (Double(snapshot.p999) / 1e6, Double(snapshot.largest) / 1e6)
        }

        var json: JSONObject {
            [
                "p50": rounded(p50), "p99": rounded(p99), "p999": rounded(p999), "max": rounded(largest),
            ]
        }
    }

    let plan: RunPlan
    let sent: Int
    let refused: Int
    let answeredPerSecond: Double
    let deliveredPerSecond: Double
    let answers: Times
    let deliveries: Times
    let lateness: Times
    let notes: [String: Int]
    let faults: Faults
    let usage: [Usage]

    init(_ run: LoadRun, faults: Faults, usage: [Usage]) {
        plan = run.plan
        sent = run.sent
        refused = run.refusals
        answeredPerSecond = Double(run.answersInTime) / run.plan.seconds
        deliveredPerSecond = Double(run.deliveriesInTime) / run.plan.seconds
        answers = Times(run.answerTimes)
        deliveries = Times(run.deliveryTimes)
        lateness = Times(run.lateness)
        notes = run.notes
        self.faults = faults
        self.usage = usage
    }

    /// The report as one object; times are in milliseconds, processors in whole ones.
    var json: JSONValue {
        var object: JSONObject = [
            "mode": .string(plan.mode.rawValue), "clients": .integer(Int64(plan.clients)),
            "members": .integer(Int64(plan.members)), "size": .integer(Int64(plan.size)),
            "seconds": .number(plan.seconds), "acknowledges": .bool(plan.acknowledges),
        ]
        switch plan.pace {
        case .rate(let rate): object["rate"] = .integer(Int64(rate))
        case .window(let window): object["window"] = .integer(Int64(window))
        }
        object["sent"] = .integer(Int64(sent))
        object["refused"] = .integer(Int64(refused))
        object["answeredPerSecond"] = rounded(answeredPerSecond)
        object["deliveredPerSecond"] = rounded(deliveredPerSecond)
        object["answer"] = .object(answers.json)
        object["delivery"] = .object(deliveries.json)
        object["lateness"] = .object(lateness.json)
        object["faults"] = .object(JSONObject(faults.named.map { ($0.name, .integer(Int64($0.count))) }))
        object["notes"] = .object(
            JSONObject(notes.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) }))
        object["processors"] = .object(JSONObject(usage.map { ($0.name, rounded($0.processors)) }))
        return .object(object)
    }
}

/// A figure without digits that mean nothing.
func rounded(_ value: Double) -> JSONValue {
    let digits: Double = abs(value) >= 100 ? 1 : 1000
    let shown = (value * digits).rounded() / digits
    return shown == shown.rounded() && abs(shown) < 1e15 ? .integer(Int64(shown)) : .number(shown)
}
