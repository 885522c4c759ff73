-- KEYS: the lists of masters in use, and those that were, each with its end in ms by this master's clock.
-- ARGV: list, entry (NONE, NEW or USED), time in use in ms, memory in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)

-- The lists that differ by more than one master: one added or removed is one, one replaced is two.
local function conflicting(key)
    local found = {}
    for _, other in ipairs(redis.call('ZRANGE', key, 0, -1)) do
        local mine, difference = {}, 0
        for master in string.gmatch(ARGV[1], '[^,]+') do
            mine[master] = true
            difference = difference + 1
        end
        for master in string.gmatch(other, '[^,]+') do
            difference = difference + (mine[master] and -1 or 1)
        end
        if difference > 1 then
            found[#found + 1] = other
        end
    end
    return found
end

local known = redis.call('ZSCORE', KEYS[2], ARGV[1])
local conflicts = conflicting(KEYS[1])
if ARGV[2] ~= 'NONE' and #conflicts == 0 then
    local again = known or redis.call('ZSCORE', KEYS[1], ARGV[1])
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
    for _, other in ipairs(conflicting(KEYS[2])) do
        redis.call('ZREM', KEYS[2], other)
    end
    -- A late message alone must not bring back a list that was forgotten.
    if ARGV[2] == 'USED' and again then
        redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4]), ARGV[1])
    end
end
return {known and 'known' or 'unknown', unpack(conflicts)}
