-- KEYS: lock, launched, mark that the previous token's session was ended.  ARGV: token, previous token or "", ttl in ms, since in ms.
-- The lock key holds the owner's token. Until the first extension, a space and the displaced token follow. Until then
-- the client may not know the new token, so the displaced one takes the lock over, too.
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then
    return {'ended'}
end

local held = redis.call('GET', KEYS[1])
local holder, displaced = string.match(held or '', '^(%S*) ?(%S*)$')
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

local again = holder == ARGV[1]
local resumes = held and ARGV[2] ~= '' and (holder == ARGV[2] or displaced == ARGV[2])
if held and not again and not resumes then
    return {'held', redis.sha1hex(holder), tostring(redis.call('PTTL', KEYS[1])), since}
end

redis.call('SET', KEYS[1], again and held or resumes and ARGV[1] .. ' ' .. ARGV[2] or ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
return {'taken', since, again and displaced or holder}
