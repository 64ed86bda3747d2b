import Foundation

/// Both services and their controls behind one lock.
///
/// Control, GET or POST, JSON answers; all under `/simulator` (the whole story is in docs/simulator.md):
/// - `/state`: counts, faults in force, most requests at once
/// - `/fail?target=alleaves|alpine&mode=…[&ms=][&count=][&after=][&path=][&retry=][&shape=][&done=1][&seconds=][&percent=]`
/// - `/merge?from=[&into=]`
/// - `/token?[seconds=][&revoke=1]`, `/reset`, `/requests[?clear=1]`
/// - `/order` POST, `/order/{id}` POST, `/customer` POST, `/customer/{id}` GET and POST, `/persona/{id}` GET and POST
final class Simulator: @unchecked Sendable {
    private let lock = NSLock()
    let options: Options
    var world: World
    var faults = Faults()
    var log = RequestLog()
    var tokens = Tokens()

    init(_ options: Options) {
        self.options = options
        world = Generator.world(options)
    }

    func answer(_ request: Request) -> Response {
        guard let target = request.path.first.flatMap({ Target(rawValue: $0) }) else {
            return .text(status: 404, "Not Found")
        }
        guard target != .simulator else { return lock.withLock { control(request) } }
        guard request.path.count > 2, request.path[1] == "api" else { return .text(status: 404, "Not Found") }
        return served(request, target)
    }

    private func served(_ request: Request, _ target: Target) -> Response {
        let (number, effects) = lock.withLock {
            (
                log.begin(request, for: target, nowMilliseconds: CivilTime.nowMilliseconds),
                faults.take(target, path: request.rawPath)
            )
        }
        if effects.waitMilliseconds > 0 { Thread.sleep(forTimeInterval: Double(effects.waitMilliseconds) / 1_000) }
        let instead = effects.instead
        if instead != nil, effects.isDoneAnyway { lock.withLock { _ = right(request, target, effects) } }
        let response = instead ?? lock.withLock { effects.spoiled(right(request, target, effects)) }
        lock.withLock { log.end(number, for: target, status: response.isAborted ? 502 : response.status) }
        return response
    }

    private func right(_ request: Request, _ target: Target, _ effects: Effects) -> Response {
        let now = CivilTime.nowMilliseconds
        if target == .alpine { return Alpine(world: world, effects: effects, nowMilliseconds: now).answer(request) }
        return Alleaves(world: world, tokens: tokens, effects: effects, nowMilliseconds: now).answer(request)
    }

    func reset() {
        world = Generator.world(options)
        faults = Faults()
        tokens = Tokens()
        log.clear()
    }
}
