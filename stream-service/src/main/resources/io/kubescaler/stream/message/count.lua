-- Counts the entries of a profile's stream, whoever published them, and returns the number of one entry.
--
-- KEYS: the stream; its counter, a hash: "last" is the last counted entry, "count" is its number.
-- ARGV: how many entries are kept; the entry whose number is returned, or "" for the last one; the highest number that
-- the caller knows, from which the counter goes on if Redis has lost it.
-- Returns the number, and the id of the last entry.
-- A value of the counter that is not one of its kind counts as missing, so that no client can break it for good.
local stream, counter = KEYS[1], KEYS[2]
redis.call('XTRIM', stream, 'MAXLEN', '~', ARGV[1])
local counted = redis.call('HMGET', counter, 'last', 'count')
-- With both of its parts, as the caller reads it: Redis itself takes an id without the second.
counted[1] = string.match(counted[1] or '', '^%d+%-%d+$')
local last = counted[1] or '0-0'
-- At most 15 digits: numbers here are exact below 2^53.
local digits = string.match(counted[2] or '', '^%d+$')
local count = math.max(digits and #digits <= 15 and tonumber(digits) or 0, tonumber(ARGV[3]))
local new = redis.pcall('XRANGE', stream, '(' .. last, '+')
if new.err then
    counted[1], last = false, '0-0'
    new = redis.call('XRANGE', stream, '-', '+')
end
if #new > 0 then
    if counted[1] and #redis.call('XRANGE', stream, last, last) == 0 then
        -- Redis has dropped it, and may have dropped uncounted entries after it.
        count = count + 1
    end
    count = count + #new
    last = new[#new][1]
    redis.call('HSET', counter, 'last', last, 'count', count)
end
local later = ARGV[2] == '' and 0 or #redis.call('XRANGE', stream, '(' .. ARGV[2], '+')
return {count - later, last}
