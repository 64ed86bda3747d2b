-- What wrk asks of API v1: wrk -s checkout.lua URL -- KIND IDS PREFIX. Each write has a fresh Idempotency-Key, each call
-- some customer of the file IDS. With CHECKOUT_PAUSE_MS each connection waits about so long before its next call.
local paths = {
    redeem = "/api/v1/redemptions", order = "/api/v1/orders", quote = "/api/v1/redemptions/quote",
}
local threads = 0
local pause = tonumber(os.getenv("CHECKOUT_PAUSE_MS") or 0)

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    kind, prefix, count, ids = arguments[1], arguments[3], 0, {}
    for line in io.lines(arguments[2]) do ids[#ids + 1] = line end
    math.randomseed(number * 7919 + 17)
    headers = {
        ["Authorization"] = "Bearer " .. os.getenv("CHECKOUT_KEY"), ["Content-Type"] = "application/json",
    }
    completed = os.date("!%Y-%m-%dT%H:%M:%SZ")
end

if pause > 0 then
    function delay() return math.random(0, 2 * pause) end
end

function request()
    count = count + 1
    local key = prefix .. "-" .. number .. "-" .. count
    local customer = ids[math.random(#ids)]
    local body
    if kind == "order" then
        body = '{"posOrderId":"' .. key .. '","customerId":"' .. customer
            .. '","status":"completed","totalCents":6000,"completedAt":"' .. completed .. '"}'
    elseif kind == "quote" then
        body = '{"customerId":"' .. customer .. '","orderTotalCents":6000}'
    else
        body = '{"customerId":"' .. customer .. '","points":100,"orderTotalCents":6000}'
    end
    headers["Idempotency-Key"] = key
    return wrk.format("POST", paths[kind], headers, body)
end
