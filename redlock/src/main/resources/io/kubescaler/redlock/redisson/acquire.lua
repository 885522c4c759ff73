-- KEYS: lock, launched, mark that the session was ended, epoch, marks of sessions without a lock.
-- ARGV: owner, previous owner or "", ttl in ms, since in ms.
-- Until the first extension, those that the owner displaced take the lock over, too, because the client may not know
-- its new token yet, and an undo gives it back to them.
if wasEnded(KEYS[3], KEYS[5]) then
    return {'ended'}
end

local held = redis.call('GET', KEYS[1])
local lock = held and parse(held) or {displaced = {}}
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

local again = lock.owner == ARGV[1]
local resumes = lock.owner == ARGV[2]
for _, each in ipairs(lock.displaced) do
    resumes = resumes or each.kind == '@' and each.owner == ARGV[2]
end
if held and not again and (lock.ended or not resumes) then
    return {'held', lock.owner, tostring(redis.call('PTTL', KEYS[1])), since}
end

local displaced = lock.displaced
if held and not again then
    local over = lock.left and 0 or now() + redis.call('PTTL', KEYS[1])
    table.insert(displaced, 1, {owner = lock.owner, kind = '@', over = over})
    local others = {owner = OTHERS, kind = '#', over = 0}
    while #displaced > MOST_DISPLACED do
        others.over = math.max(others.over, table.remove(displaced).over)
    end
    if others.over > 0 then
        table.insert(displaced, others)
    end
end
-- A late message of the same owner changes nothing.
write(KEYS[1], {owner = ARGV[1], ended = again and lock.ended, left = again and lock.left, displaced = displaced}, ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
local latest = displaced[1]
return {'taken', since, latest and latest.kind == '@' and latest.owner or '', redis.call('GET', KEYS[4]) or '0'}
