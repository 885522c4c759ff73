-- KEYS: lock, launched, mark that the previous owner was ended, epoch.
-- ARGV: owner, previous owner or "", ttl in ms, since in ms.
-- The lock key holds the owner. Until the first extension, a space and the displaced owner follow: the client may not
-- know its new token yet, so the displaced owner takes the lock over, too.
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then
    return {'ended'}
end

local held = redis.call('GET', KEYS[1])
local holder, displaced = string.match(held or '', '^(%S*) ?(%S*)$')
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

local again = holder == ARGV[1]
local resumes = held and ARGV[2] ~= '' and (holder == ARGV[2] or displaced == ARGV[2])
if held and not again and not resumes then
    return {'held', holder, tostring(redis.call('PTTL', KEYS[1])), since}
end

redis.call('SET', KEYS[1], again and held or resumes and ARGV[1] .. ' ' .. ARGV[2] or ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
return {'taken', since, again and displaced or holder, redis.call('GET', KEYS[4]) or '0'}
