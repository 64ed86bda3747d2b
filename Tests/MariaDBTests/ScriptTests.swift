import MariaDB
import Testing

struct ScriptTests {
    @Test(
        "a script is cut where the mariadb client would cut it",
        arguments: [
            ("", []), (" ; ;\n", []), ("SELECT 1", ["SELECT 1"]), ("A;B ;\nC;", ["A", "B", "C"]),
            ("SELECT ';' , \";\", `;`;B", ["SELECT ';' , \";\", `;`", "B"]),
            ("SELECT 'it''s;', 'a\\';b';B", ["SELECT 'it''s;', 'a\\';b'", "B"]),
            ("SELECT `a\\`;B", ["SELECT `a\\`", "B"]),
            ("-- a; b\nA; # c; d\nB /* ; */;", ["-- a; b\nA", "# c; d\nB /* ; */"]),
            ("SELECT 1--1;B", ["SELECT 1--1", "B"]), ("-- only words\n;/* and */\n", []),
            ("/*!40101 SET x = 1; */;", ["/*!40101 SET x = 1; */"]),
            ("DELIMITER //\nBEGIN a; b; END//\ndelimiter ;\nC; D", ["BEGIN a; b; END", "C", "D"]),
            ("DELIMITER $$\r\nA; B$$\r\nDELIMITER ;\r\nC;\r\n", ["A; B", "C"]),
            ("-- why\nDELIMITER //\nA;//", ["A;"]), ("SELECT 'é;😀';B", ["SELECT 'é;😀'", "B"]),
        ] as [(String, [String])])
    func cut(script: String, statements: [String]) throws {
        #expect(try Script.statements(of: script) == statements)
    }

    @Test("a quote or comment without an end is refused", arguments: ["SELECT 'a;", "A; /* b", "`", "'a\\"])
    func unfinished(script: String) {
        #expect(throws: Script.Unfinished.self) { try Script.statements(of: script) }
    }
}
