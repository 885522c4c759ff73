-- KEYS: lock, launched, mark that the session was ended, marks of sessions without a lock.
-- ARGV: owner, how long to remember that in ms.
-- Anybody can end a session that there never was. So of those without a lock, only the latest are remembered.
local MOST_WITHOUT_A_LOCK = 10000

local held = redis.call('GET', KEYS[1])
local lock = held and parse(held)
if lock and lock.owner ~= ARGV[1] then
    return 'ANOTHERS'
end

if not lock then
    redis.call('ZADD', KEYS[4], now() + ARGV[2], KEYS[3])
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -MOST_WITHOUT_A_LOCK - 1)
    redis.call('PEXPIRE', KEYS[4], ARGV[2])
    return 'MISSING'
end
redis.call('SET', KEYS[3], '', 'PX', ARGV[2])
if mayStream(lock) then
    lock.ended = true
    write(KEYS[1], lock)
    return 'ENDING'
end
redis.call('DEL', KEYS[1], KEYS[2])
return 'RELEASED'
