-- load.lua: what wrk sends, told by a file of settings; see run.mjs.
--
--     wrk ... -s load.lua URL -- SETTINGS
--
-- SETTINGS is Lua that returns a table. { paths = {...}, headers = {}, cookie = "..." } asks for these pages in
-- turn, with spread = true from many addresses, and with headers = {{name, value}...}.
-- { write = "votes", sessions = {{cookie, csrf}...}, ideas = {...}, first = N, seconds = N }
-- makes changes: each request is another pair of person and idea, so that each writes rows.
--
-- WHY a delay at the end of changes: wrk cuts its connections when its time is over, and what was
-- under way is then written but never counted. Threads stop asking half a second before.

local ffi = require("ffi")
ffi.cdef [[
struct bench_time { long s; long us; };
int gettimeofday(struct bench_time *time, void *zone);
]]

local now = ffi.new("struct bench_time")
local function seconds()
    ffi.C.gettimeofday(now, nil)
    return tonumber(now.s) + tonumber(now.us) / 1e6
end

local threads = 0
function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local settings, requests, count, ends

local function encode(text)
    return (text:gsub("[^%w%-_.~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- Never the same pair twice: all people for one shift of the ideas, then the next shift.
local function pair(n)
    local people, ideas = #settings.sessions, #settings.ideas
    local person, shift = n % people, math.floor(n / people)
    return settings.sessions[person + 1], settings.ideas[(person + shift) % ideas + 1]
end

local function change()
    local session, idea = pair(settings.first + number * settings.span + count)
    local body = "_csrf=" .. session[2]
    if settings.write == "comments" then
        local texts = settings.texts
        body = body .. "&body=" .. encode(texts[count % #texts + 1])
    end
    count = count + 1
    return wrk.format("POST", "/ideas/" .. idea .. "/" .. settings.write, {
        ["Cookie"] = "skep_session=" .. session[1],
        ["Accept"] = "text/vnd.turbo-stream.html",
        ["Content-Type"] = "application/x-www-form-urlencoded",
    }, body)
end

local function page()
    count = count + 1
    return requests[count % #requests + 1]
end

function init(args)
    settings = dofile(args[1])
    count = 0
    if settings.write then
        ends = seconds() + settings.seconds
        request = change
        delay = function() return seconds() < ends and 0 or 100000 end
        return
    end
    local headers = {}
    for _, header in ipairs(settings.headers or {}) do
        headers[header[1]] = header[2]
    end
    if settings.cookie then
        headers["Cookie"] = "skep_session=" .. settings.cookie
    end
    requests = {}
    for i = 1, settings.spread and 16000 or #settings.paths do
        if settings.spread then -- each from an address of its own, for pages with a rate limit
            headers["X-Forwarded-For"] = ("10.%d.%d.%d"):format(number, i / 250, i % 250)
        end
        requests[i] = wrk.format("GET", settings.paths[(i - 1) % #settings.paths + 1], headers)
    end
    count = number * 7
    request = page
end

function done(summary, latency)
    local errors = summary.errors
    io.write(("\nRESULT {\"requests\":%d,\"us\":%d,\"bytes\":%d,\"status\":%d,\"broken\":%d,")
        :format(summary.requests, summary.duration, summary.bytes, errors.status,
                errors.connect + errors.read + errors.write + errors.timeout))
    io.write(("\"p50_us\":%d,\"p99_us\":%d}\n")
        :format(latency:percentile(50), latency:percentile(99)))
end
