-- KEYS: lock, launched, mark that the previous owner was ended, epoch.
-- ARGV: owner, previous owner or "", ttl in ms, since in ms.
-- The lock key holds the owner. Until the first extension, the owners that it displaced follow, the latest first: the
-- client may not know its new token yet, so each of them takes the lock over, too, and an undo gives it back.
local MOST_OWNERS = 16

if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then
    return {'ended'}
end

local held = redis.call('GET', KEYS[1])
local owners, resumes = {}, false
for owner in string.gmatch(held or '', '%S+') do
    owners[#owners + 1] = owner
    resumes = resumes or owner == ARGV[2]
end
local holder = owners[1]
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

local again = holder == ARGV[1]
if held and not again and not resumes then
    return {'held', holder, tostring(redis.call('PTTL', KEYS[1])), since}
end

if not again then
    table.insert(owners, 1, ARGV[1])
end
redis.call('SET', KEYS[1], table.concat(owners, ' ', 1, math.min(#owners, MOST_OWNERS)), 'PX', ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
return {'taken', since, owners[2] or '', redis.call('GET', KEYS[4]) or '0'}
