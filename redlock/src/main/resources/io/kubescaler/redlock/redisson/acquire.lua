-- KEYS: lock, launched.  ARGV: token, previous token or "", ttl in ms, since in ms.
-- The lock key holds the owner's token. Until the first extension, a space and the displaced token follow.
local held = redis.call('GET', KEYS[1])
local holder = held and string.match(held, '^%S+')
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

if held and holder ~= ARGV[1] and holder ~= ARGV[2] then
    return {'held', redis.sha1hex(holder), tostring(redis.call('PTTL', KEYS[1])), since}
end

local value = ARGV[1]
if holder == ARGV[2] then
    value = ARGV[1] .. ' ' .. holder
    redis.call('PUBLISH', 'revoked', holder)
end
redis.call('SET', KEYS[1], value, 'PX', ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
return {'taken', since}
