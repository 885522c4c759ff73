-- KEYS: lock, launched, mark that the session was ended.  ARGV: owner, how long to remember that in ms.
local held = redis.call('GET', KEYS[1])
local lock = held and parse(held)
if lock and lock.owner ~= ARGV[1] then
    return 'ANOTHERS'
end

redis.call('SET', KEYS[3], '', 'PX', ARGV[2])
if not lock then
    return 'MISSING'
end
if mayStream(lock) then
    lock.ended = true
    write(KEYS[1], lock)
    return 'ENDING'
end
redis.call('DEL', KEYS[1], KEYS[2])
return 'RELEASED'
