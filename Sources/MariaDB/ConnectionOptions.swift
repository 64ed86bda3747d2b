/// Where the server is, who asks, and how long anything may take.
public struct ConnectionOptions: Sendable {
    /// One server behind a socket, or several behind TCP.
    public enum Place: Sendable, Equatable {
        /// The path of a Unix socket.
        case socket(String)
        /// Host names in order of preference: the first that answers is kept until it fails, for with
        /// two writing nodes a hot row fails with deadlocks.
        case hosts([String], port: UInt16)
    }

    /// The server or servers.
    public var place: Place
    /// The account's name.
    public var user: String
    /// The account's password; printed nowhere.
    public var password: String
    /// The database that unqualified names mean.
    public var database: String
    /// The authority that signed the servers' certificates; needed for every host but this machine's own.
    public var tlsCAFile: String?
    /// How long opening one host may take.
    public var connectTimeoutSeconds: UInt32 = 3
    /// How long one answer may take: above `statementSeconds`, since a statement given up here goes on there.
    public var readTimeoutSeconds: UInt32 = 15
    /// How long sending one command may take.
    public var writeTimeoutSeconds: UInt32 = 15
    /// How long a statement waits for a row lock (error 1205).
    public var lockWaitSeconds: UInt32 = 3
    /// How long a statement may run at the server (error 1969); 0 is without end.
    public var statementSeconds: UInt32 = 5
    /// How long a transaction may stay idle before the server closes it; 0 is without end.
    public var idleTransactionSeconds: UInt32 = 10

    /// A server on this machine.
    public init(socket: String, user: String, password: String = "", database: String) {
        self.place = .socket(socket)
        self.user = user
        self.password = password
        self.database = database
    }

    /// Servers behind TCP, in order of preference.
    public init(
        hosts: [String], port: UInt16 = 3306, user: String, password: String, database: String, tlsCAFile: String? = nil
    ) {
        self.place = .hosts(hosts, port: port)
        self.user = user
        self.password = password
        self.database = database
        self.tlsCAFile = tlsCAFile
    }

    /// The same server for schema changes, which may run for an hour and wait for locks longer than a visitor does.
    public func forMigrations() -> ConnectionOptions {
        var options = self
        options.readTimeoutSeconds = 3_600
        options.statementSeconds = 0
        options.lockWaitSeconds = 60
        options.idleTransactionSeconds = 60
        return options
    }
}

extension ConnectionOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Account, place and database, without the password.
    public var description: String {
        switch place {
        case .socket(let path): "\(user)@\(path)/\(database)"
        case .hosts(let hosts, let port): "\(user)@\(hosts.joined(separator: ",")):\(port)/\(database)"
        }
    }

    /// As `description`: the password is in neither.
    public var debugDescription: String { description }

    /// Keeps the password out of `dump` and of the debugger's listing.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
