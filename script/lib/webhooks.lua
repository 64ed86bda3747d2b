-- Delivers signed webhooks with wrk: wrk -s webhooks.lua URL -- FILE THREADS. Each line of FILE is a signature, a blank, and
-- its body; each is sent once. Each connection waits about WEBHOOK_PAUSE_MS between its deliveries.
local threads = 0
local pause = tonumber(os.getenv("WEBHOOK_PAUSE_MS") or 100)

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    deliveries, at = {}, 0
    local line_number = 0
    for line in io.lines(arguments[1]) do
        if line_number % tonumber(arguments[2]) == number then deliveries[#deliveries + 1] = line end
        line_number = line_number + 1
    end
    math.randomseed(number * 7919 + 17)
end

function delay() return math.random(0, 2 * pause) end

function request()
    at = at + 1
    local signature, body = deliveries[at]:match("^(%x+) (.*)$")
    return wrk.format("POST", "/api/webhooks/alleaves/demo",
        { ["Content-Type"] = "application/json", ["x-alleaves-signature"] = signature }, body)
end
