/// The calls under `/simulator`.
extension Simulator {
    func control(_ request: Request) -> Response {
        let path = Array(request.path.dropFirst())
        switch (path.first, path.count) {
        case ("state", 1): return state()
        case ("fail", 1): return fail(request)
        case ("token", 1): return token(request)
        case ("reset", 1):
            reset()
            return state()
        case ("requests", 1): return requests(request)
        case ("merge", 1): return merge(request)
        case ("order", 1...2), ("customer", 1...2), ("persona", 2): return data(request, path)
        default: return .text(status: 404, "Not Found")
        }
    }

    private func data(_ request: Request, _ path: [String]) -> Response {
        guard let body = request.json() else { return Alleaves.bad("the body is no JSON") }
        let edit = WorldEdit(world: world, nowMilliseconds: CivilTime.nowMilliseconds, tokens: tokens)
        let id = path.count > 1 ? path[1] : nil
        let isWrite = request.method == "POST"
        switch path[0] {
        case "order": return edit.order(id, isWrite ? body : nil)
        case "customer": return edit.customer(id, isWrite ? body : nil)
        default: return edit.persona(id ?? "", isWrite ? body : nil)
        }
    }

    private func merge(_ request: Request) -> Response {
        let edit = WorldEdit(world: world, nowMilliseconds: CivilTime.nowMilliseconds, tokens: tokens)
        return edit.merge(request.query["from"] ?? "", into: request.query["into"])
    }

    private func state() -> Response {
        .json { json in
            json.object { json in
                json.field("customers", world.customers.count)
                json.field("orders", world.orders.count)
                json.field("personas", world.personas.count)
                json.field("movements", world.movements.count)
                json.field("seed", options.seed)
                for target in [Target.alleaves, .alpine] {
                    json.key(target.rawValue)
                    json.object { json in
                        json.field("requests", log.counts[target] ?? 0)
                        json.field("inFlightMax", log.inFlightMax[target] ?? 0)
                        json.array("faults") { json in
                            for mode in faults.modes(of: target) { json.string(mode) }
                        }
                    }
                }
            }
        }
    }

    private func fail(_ request: Request) -> Response {
        guard let target = request.query["target"].flatMap({ Target(rawValue: $0) }), target != .simulator else {
            return Alleaves.bad("target is alleaves or alpine")
        }
        var fault = Fault(mode: request.query["mode"] ?? "")
        guard Fault.modes.contains(fault.mode) || fault.status != nil else {
            return Alleaves.bad(
                "mode is a status from 400 to 599 or one of \(Fault.modes.sorted().joined(separator: " "))")
        }
        fault.milliseconds = min(max(request.integer("ms") ?? fault.milliseconds, 0), 120_000)
        fault.remaining = request.integer("count").map { max($0, 1) }
        fault.after = max(request.integer("after") ?? 0, 0)
        fault.path = request.query["path"]
        fault.retryAfter = request.integer("retry")
        fault.shape = request.query["shape"]
        fault.body = request.query["body"] ?? ""
        fault.isDone = request.query["done"] == "1"
        fault.seconds = min(max(request.integer("seconds") ?? fault.seconds, 0), 604_800)
        fault.percent = min(max(request.integer("percent") ?? fault.percent, 0), 100)
        if fault.mode == "shape", !Fault.shapes.contains(fault.shape ?? "") {
            return Alleaves.bad("shape is one of \(Fault.shapes.sorted().joined(separator: " "))")
        }
        faults.set(fault, for: target)
        return state()
    }

    private func token(_ request: Request) -> Response {
        if let seconds = request.integer("seconds") { tokens.lifeSeconds = seconds }
        if request.query["revoke"] == "1" { tokens.generation += 1 }
        return .json { json in json.object { $0.field("seconds", tokens.lifeSeconds) } }
    }

    private func requests(_ request: Request) -> Response {
        let response = Response.json { json in json.object { log.write(to: &$0) } }
        if request.query["clear"] == "1" { log.clear() }
        return response
    }
}
