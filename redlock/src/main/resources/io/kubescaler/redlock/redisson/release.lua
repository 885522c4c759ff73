-- KEYS: lock, launched.  ARGV: owner.
local held = redis.call('GET', KEYS[1])
if not held then
    return 'MISSING'
end
if string.match(held, '^%S+') ~= ARGV[1] then
    return 'ANOTHERS'
end
redis.call('DEL', KEYS[1], KEYS[2])
return 'RELEASED'
