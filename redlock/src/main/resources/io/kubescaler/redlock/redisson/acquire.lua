-- KEYS: lock, launched, mark that the session was ended, epoch, marks of sessions without a lock.
-- ARGV: owner, previous owner or "", ttl in ms, since in ms.
-- Until the first extension, a token that the owner displaced takes the lock over, too, because the client may not know
-- a later one yet: the earliest. The client of a later one has received it. If it was displaced nevertheless, two clients
-- have the earliest, and the latest of them wins.
if wasEnded(KEYS[3], KEYS[5]) then
    return {'ended'}
end

local held = redis.call('GET', KEYS[1])
local lock = held and parse(held) or {displaced = {}}
local since = held and redis.call('GET', KEYS[2]) or ARGV[4]

local displaced = lock.displaced
local earliest
for _, each in ipairs(displaced) do
    earliest = each.kind == '@' and each.owner or earliest
end
local again = lock.owner == ARGV[1]
local knowsLatest = lock.owner == ARGV[2]
if held and not again and (lock.ended or not (knowsLatest or earliest == ARGV[2])) then
    return {'held', lock.owner, tostring(redis.call('PTTL', KEYS[1])), since}
end

if held and not again then
    for _, each in ipairs(displaced) do
        each.kind = knowsLatest and '#' or each.kind
    end
    local over = lock.left and 0 or now() + redis.call('PTTL', KEYS[1])
    table.insert(displaced, 1, {owner = lock.owner, kind = '@', over = over})
    local others = {owner = OTHERS, kind = '#', over = 0}
    while #displaced > MOST_DISPLACED do
        local last = displaced[#displaced].kind == '#' and #displaced or #displaced - 1
        others.over = math.max(others.over, table.remove(displaced, last).over)
    end
    if others.over > 0 then
        table.insert(displaced, others)
    end
end
-- A late message of the same owner changes nothing.
write(KEYS[1], {owner = ARGV[1], ended = again and lock.ended, left = again and lock.left, displaced = displaced}, ARGV[3])
redis.call('SET', KEYS[2], since, 'PX', ARGV[3])
local latest = displaced[1]
return {'taken', since, latest and latest.kind == '@' and 'resumed' or '', redis.call('GET', KEYS[4]) or '0'}
