import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    func openSettings(_ visit: Visit) throws -> Response { .seeOther(visit.link(SettingsTab.points.path)) }

    func showPoints(_ visit: Visit) throws -> Response { try showSettings(PointsPage.self, visit) }
    func showTiers(_ visit: Visit) throws -> Response { try showSettings(TiersPage.self, visit) }
    func showSegments(_ visit: Visit) throws -> Response { try showSettings(SegmentsPage.self, visit) }
    func showRedemptions(_ visit: Visit) throws -> Response { try showSettings(RedemptionsPage.self, visit) }
    func showMenuDisplay(_ visit: Visit) throws -> Response { try showSettings(MenuDisplayPage.self, visit) }
    func showBusiness(_ visit: Visit) throws -> Response { try showSettings(BusinessPage.self, visit) }
    func showProgram(_ visit: Visit) throws -> Response { try showSettings(ProgramPage.self, visit) }

    func savePoints(_ visit: Visit) throws -> Response { try changeSettings(PointsPage.self, visit) }
    func saveTiers(_ visit: Visit) throws -> Response { try changeSettings(TiersPage.self, visit) }
    func saveSegments(_ visit: Visit) throws -> Response { try changeSettings(SegmentsPage.self, visit) }
    func saveRedemptions(_ visit: Visit) throws -> Response { try changeSettings(RedemptionsPage.self, visit) }
    func saveMenuDisplay(_ visit: Visit) throws -> Response { try changeSettings(MenuDisplayPage.self, visit) }
    func saveBusiness(_ visit: Visit) throws -> Response { try changeSettings(BusinessPage.self, visit) }
    func saveProgram(_ visit: Visit) throws -> Response { try changeSettings(ProgramPage.self, visit) }

    /// A tab as saved.
    private func showSettings<Tab: SettingsPage>(_: Tab.Type, _ visit: Visit) throws -> Response {
        let form = Tab.Form(
            from: Tab.value(in: visit.settings), version: visit.settings.version(of: Tab.Form.Value.tab))
        return try settingsPage(Tab.self, form, .none, context(visit), visit)
    }

    /// One of the tab's buttons was pressed.
    private func changeSettings<Tab: SettingsPage>(_: Tab.Type, _ visit: Visit) throws -> Response {
        guard let action = SettingsAction(from: visit.form) else {
            throw BadRequest(detail: "The button that was pressed is unknown. Open the page again.")
        }
        var form = Tab.Form(from: visit.form)
        do {
            switch action {
            case .save: return try save(Tab.self, form, visit)
            case .reset: return try reset(Tab.self, form, visit)
            case .preview: return try preview(Tab.self, form, visit)
            case .add:
                Tab.addRow(to: &form)
                var context = try context(visit)
                context.isUnsaved = true
                return try settingsPage(Tab.self, form, .none, context, visit)
            }
        } catch let problems as FormProblems {
            return try settingsPage(
                Tab.self, form, problems, context(visit), visit, status: .unprocessableContent)
        } catch let conflict as SettingsConflict {
            return try conflictPage(Tab.self, form, conflict, visit)
        } catch let refusal as Refusal where refusal.code == .conflict {
            // What only the database knows, such as a tier that somebody holds by hand.
            let problems = FormProblems(field: Tab.Form.Value.tab.rawValue, refusal.description)
            return try settingsPage(Tab.self, form, problems, context(visit), visit, status: .unprocessableContent)
        }
    }

    private func save<Tab: SettingsPage>(_: Tab.Type, _ form: Tab.Form, _ visit: Visit) throws -> Response {
        let current = Tab.value(in: visit.settings)
        let value = try validated(Tab.self, form, visit)
        return try store(Tab.self, value, over: current, at: form.baseVersion(), visit, verb: "saved")
    }

    private func reset<Tab: SettingsPage>(_: Tab.Type, _ form: Tab.Form, _ visit: Visit) throws -> Response {
        let current = Tab.value(in: visit.settings)
        let business = visit.settings.business
        let defaults = Tab.value(in: .defaults(name: business.name, timeZone: business.timeZone))
        let version = try form.baseVersion()
        if try visit.form.single("confirm") == "1" {
            return try store(Tab.self, defaults, over: current, at: version, visit, verb: "reset")
        }
        let page = ConfirmPage.reset(Tab.Form.Value.tab, try context(visit), version: version)
        return try render(page, for: visit, in: .settings)
    }

    private func preview<Tab: SettingsPage>(_: Tab.Type, _ form: Tab.Form, _ visit: Visit) throws -> Response {
        let value = try validated(Tab.self, form, visit)
        var context = try context(visit)
        context.isUnsaved = true
        context.barPreview = try barPreview(of: value, visit)
        return try settingsPage(Tab.self, form, .none, context, visit)
    }

    private func validated<Tab: SettingsPage>(
        _: Tab.Type, _ form: Tab.Form, _ visit: Visit
    ) throws(FormProblems) -> Tab.Form.Value {
        try form.validated(replacing: Tab.value(in: visit.settings), newID: { UserID.make().rawValue })
    }

    private func store<Tab: SettingsPage>(
        _: Tab.Type, _ value: Tab.Form.Value, over current: Tab.Form.Value, at version: Int64, _ visit: Visit,
        verb: String
    ) throws -> Response {
        let tab = Tab.Form.Value.tab
        let record = visit.audit(
            "settings.\(verb)", subject: tab.rawValue, detail: SettingsChanges.text(Tab.Form.self, current, value))
        let saved = try visit.store.save(
            value, ifVersion: version, by: visit.user, requestID: visit.request.id, audit: record)
        if saved == visit.settings.version {
            return try seeOther(tab.path, for: visit, notice: "Nothing was different.")
        }
        let isTimeZoneNew = try visit.store.settings().business.timeZone != visit.settings.business.timeZone
        let movesCustomers = tab == .tiers || tab == .segments || isTimeZoneNew
        let notice =
            "\(tab.label) settings \(verb)." + (movesCustomers ? " Customers are being brought up to date." : "")
        return try seeOther(tab.path, for: visit, notice: notice)
    }

    /// Somebody else saved the tab meanwhile: their values beside what was typed, to be saved over or taken.
    private func conflictPage<Tab: SettingsPage>(
        _: Tab.Type, _ form: Tab.Form, _ conflict: SettingsConflict, _ visit: Visit
    ) throws -> Response {
        var context = try context(visit)
        // Theirs may have come after this request read its settings.
        context.saved = try visit.store.settings()
        let clock = ShopClock(visit.settings.business)
        context.conflict = SettingsContext.Conflict(
            savedBy: conflict.newer.savedBy ?? "the system", savedAt: clock.moment(conflict.newer.savedAt))
        return try settingsPage(Tab.self, form, .none, context, visit, status: .conflict)
    }

    private func settingsPage<Tab: SettingsPage>(
        _: Tab.Type, _ form: Tab.Form, _ problems: FormProblems, _ context: SettingsContext, _ visit: Visit,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try render(Tab(form, problems, context), for: visit, in: .settings, status: status)
    }

    private func context(_ visit: Visit) throws -> SettingsContext {
        var context = SettingsContext(
            saved: visit.settings, org: visit.tenant.slug, publicURL: shared.configuration.publicURL)
        context.namesOrg = visit.namesOrg
        let clock = ShopClock(visit.settings.business)
        context.equityLastSet = try visit.store.equityLastSetAt().map(clock.day)
        return context
    }

    /// The bar as it would be, for the tab that makes it.
    private func barPreview(of value: some SettingsTabValue, _ visit: Visit) throws -> HTML? {
        guard let menu = value as? MenuDisplaySettings else { return nil }
        var settings = visit.settings
        settings.menuDisplay = menu
        guard let bar = BarFragment(settings) else { return "<p>The bar shows nothing with these values.</p>" }
        return HTML(trusted: try shared.templates.render(bar))
    }
}
