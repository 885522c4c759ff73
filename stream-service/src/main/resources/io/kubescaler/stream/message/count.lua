-- Counts the entries of a profile's stream, whoever published them, and returns the number of one entry.
--
-- KEYS: the stream; its counter, a hash: "last" is the last counted entry, "count" is its number, and "length" is how
-- many entries the stream had then.
-- ARGV: how many entries are kept; the entry whose number is returned, or "" for the last one; the highest number that
-- the caller knows, from which the counter goes on if Redis has lost it.
-- Returns the number, or 0 if that entry has been dropped meanwhile, and the id of the last entry.
-- A value of the counter that is not one of its kind counts as missing, so that no client can break it for good.
local stream, counter = KEYS[1], KEYS[2]
local length = redis.call('XLEN', stream)
-- Only what is left is read, because clients can add without bound.
local left = length - redis.call('XTRIM', stream, 'MAXLEN', '~', ARGV[1])
local counted = redis.call('HMGET', counter, 'last', 'count', 'length')

-- At most 15 digits: numbers here are exact below 2^53.
local function number(text)
    local digits = string.match(text or '', '^%d+$')
    return digits and #digits <= 15 and tonumber(digits)
end

-- With both of its parts, as the caller reads it: Redis itself takes an id without the second, and greater numbers.
local time, order = string.match(counted[1] or '', '^(%d+)%-(%d+)$')
local known = time and #time <= 18 and #order <= 18
local last = known and counted[1] or '0-0'
local count = math.max(number(counted[2]) or 0, tonumber(ARGV[3]))
local new = redis.call('XRANGE', stream, '(' .. last, '+')
if #new > 0 then
    if known and #redis.call('XRANGE', stream, last, last) == 0 then
        -- It was dropped, and with it entries that nobody has counted: here, or before by a client that trims. In that
        -- case it is unknown how many; at least one shows that there is a gap.
        count = count + math.max(length - (number(counted[3]) or length), left + 1)
    else
        count = count + #new
    end
    last = new[#new][1]
    redis.call('HSET', counter, 'last', last, 'count', count, 'length', left)
end
if ARGV[2] == '' then
    return {count, last}
end
local from = redis.call('XRANGE', stream, ARGV[2], '+')
local dropped = #from == 0 or from[1][1] ~= ARGV[2]
return {dropped and 0 or count - #from + 1, last}
