-- KEYS: lock, launched, mark that the session was ended, marks of sessions without a lock.
-- ARGV: owner, how long to remember that in ms.
-- Anybody can end a session that there never was. So of those without a lock, only the latest are remembered.
local MOST_WITHOUT_A_LOCK = 10000

-- How long its streams may go on, in ms.
local function ending(lock)
    local time = now()
    local over = lock.left and 0 or time + redis.call('PTTL', KEYS[1])
    for _, each in ipairs(lock.displaced) do
        over = math.max(over, each.over)
    end
    return {'ending', tostring(over - time)}
end

local held = redis.call('GET', KEYS[1])
local lock = held and parse(held)
-- A later owner of the same session goes on.
if lock and lock.owner ~= ARGV[1] and sessionOf(lock.owner) == sessionOf(ARGV[1]) then
    return {'anothers'}
end

if not lock or lock.owner ~= ARGV[1] then
    redis.call('ZADD', KEYS[4], now() + ARGV[2], KEYS[3])
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -MOST_WITHOUT_A_LOCK - 1)
    redis.call('PEXPIRE', KEYS[4], ARGV[2])
    return {lock and 'anothers' or 'missing'}
end
redis.call('SET', KEYS[3], '', 'PX', ARGV[2])
if mayStream(lock) then
    lock.ended = true
    write(KEYS[1], lock)
    return ending(lock)
end
redis.call('DEL', KEYS[1], KEYS[2])
return {'released'}
