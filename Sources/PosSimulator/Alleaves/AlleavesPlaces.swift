/// Locations, discounts and goods: small lists that never change.
extension Alleaves {
    func locations() -> Response {
        .json { json in
            json.array {
                guard !effects.isEmpty else { return }
                writeLocation(Alleaves.location, "Demo Store", isActive: true, to: &$0)
                writeLocation(1_001, "Warehouse", isActive: false, to: &$0)
            }
        }
    }

    /// As wide as the real one, secrets included: nothing of it may be logged or kept by a client.
    private func writeLocation(_ id: Int64, _ name: String, isActive: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.field("id_location", id)
            json.field("location", name)
            json.field("reference", name.lowercased().replacing(" ", with: "_"))
            json.null("legal_name")
            json.field("license", "DEMO-\(id)")
            json.field("address", "1 Example St")
            json.field("city", "Albany")
            json.field("state", "NY")
            json.field("postal_code", "00000")
            json.field("country", "US")
            json.null("phone")
            json.field("timezone", "America/New_York")
            json.field("retail", isActive)
            json.field("pickup", isActive)
            json.field("delivery", false)
            json.field("active", isActive)
            json.field("is_adult_use", true)
            json.field("is_medical_use", false)
            for flag in ["kiosk", "curbside", "drive_through"] {
                json.key(flag)
                json.null()
            }
            json.field("local_tax_percentage", 4)
            json.null("custom_id")
            json.field("track_trace_vendor_key", "made-up-secret-vendor-\(id)")
            json.field("track_trace_user_key", "made-up-secret-user-\(id)")
            json.field("payment_terminal_token", "made-up-secret-terminal-\(id)")
            json.field("created_by", "7")
            json.field("updated_by", "7")
            json.field("date_created", "2024-01-02T15:04:05.678Z")
            json.field("date_updated", "2026-01-02T15:04:05.678Z")
            json.array("tax_group_list") {
                $0.object {
                    $0.field("id_tax_group", 1)
                    $0.field("name", "Adult Use")
                }
            }
            json.object("pos_configuration") {
                $0.field("created_by", 7)
                $0.field("sms_gateway_password", "made-up-secret-gateway-\(id)")
                $0.field("receipt_footer", "Thank you")
            }
            writeAreas(to: &json)
        }
    }

    private func writeAreas(to json: inout JSONWriter) {
        json.array("areas") {
            $0.object {
                $0.field("id_area", 1)
                $0.null("id_parent")
                $0.field("name", "Sales Floor")
                $0.field("path", "Sales Floor")
                $0.field("deleted", false)
                $0.null("returnable")
                $0.array("children") { _ in }
            }
        }
    }

    static let discountCents: [Int: Int32] = [55: 1_000, 56: 500]

    func discounts() -> Response {
        .json { json in
            json.array { json in
                for (id, cents) in Alleaves.discountCents.sorted(by: { $0.key < $1.key }) where !effects.isEmpty {
                    json.object {
                        $0.field("id_discount", id)
                        $0.field("name", "$\(cents / 100) off")
                        $0.field("discount_type", "amount")
                        $0.dollars("discount_value", cents: Int64(cents), asText: false)
                        $0.field("active", true)
                    }
                }
            }
        }
    }

    func inventory() -> Response {
        .json { json in
            json.array { json in
                for product in Catalogue.products where !effects.isEmpty {
                    json.object {
                        $0.field("id_inventory_item", product.id)
                        $0.field("id_batch", product.id)
                        $0.field("item", product.name)
                        $0.field("category", product.category)
                        $0.null("sku")
                        $0.dollars("price_retail", cents: product.priceCents, asText: false)
                        $0.dollars("price_otd_adult_use", cents: product.priceCents * 113 / 100, asText: false)
                        $0.field("on_hand", 40)
                        $0.field("available", 38)
                        $0.field("date_received", "2026-01-02T15:04:05.678")
                        $0.field("total_rows", Catalogue.products.count)
                    }
                }
            }
        }
    }
}
