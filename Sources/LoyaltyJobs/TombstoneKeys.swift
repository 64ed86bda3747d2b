import LoyaltyRules
public import LoyaltyStore
public import Secrets

extension TombstoneKeeper {
    /// Keys sealed like credentials, digests by HMAC-SHA-256.
    public init(_ sealer: Sealer) {
        @Sendable func context(_ tenant: TenantID) -> [UInt8] {
            SealedPlace.tombstoneKey.context(of: tenant)
        }
        self.init(
            newKey: { sealer.seal(RandomBytes.bytes(32), context: context($0)) },
            open: { sealed, tenant in try sealer.open(sealed, context: context(tenant)) },
            digest: { HMACSHA256.code($0, key: $1) })
    }
}
