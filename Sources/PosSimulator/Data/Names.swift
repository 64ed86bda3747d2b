/// Common American names; some need escaping or are not ASCII, as in every real list.
enum Names {
    static let first: [String] = """
        James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica
        Thomas Sarah Christopher Karen Charles Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret Donald Ashley
        Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah
        Timothy Stephanie Ronald Rebecca Jason Laura Edward Sharon Jeffrey Cynthia Ryan Kathleen Jacob Amy Gary Angela
        Nicholas Shirley Eric Brenda Jonathan Emma Stephen Anna Larry Pamela Justin Nicole Scott Samantha Brandon Katherine
        Benjamin Christine Samuel Helen Gregory Debra Alexander Rachel Patrick Carolyn Frank Janet Raymond Maria Jack
        Olivia Dennis Heather Jerry Diane Tyler Julie Aaron Joyce Jose Victoria Nathan Ruth Adam Zoë Luis René Keisha
        Malik Priya Wei Fatima Diego Aaliyah Hiroshi Yolanda Andre Mei Omar
        """.split { $0 == " " || $0 == "\n" }.map { String($0) }

    static let last: [String] = """
        Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
        Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
        Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
        Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers
        Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez
        Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez
        Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons O'Brien O'Connor
        Nuñez Peña Washington-Lee Chen Wang Singh Khan Cohen Rossi Kowalski Okafor Haddad Van_Buren De_La_Cruz
        """.split { $0 == " " || $0 == "\n" }.map { String($0).replacing("_", with: " ") }

    static let cities = ["Albany", "Troy", "Schenectady", "Kingston", "Hudson", "Saratoga Springs", "Cohoes", "Latham"]

    /// `O'Brien` as an e-mail address has it.
    static func plain(_ name: String) -> String {
        String(decoding: name.lowercased().utf8.filter { (0x61...0x7A).contains($0) }, as: UTF8.self)
    }
}
