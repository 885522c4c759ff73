-- KEYS: lock, launched, and mark that the session was ended, per claim; then marks of sessions without a lock.
-- ARGV: ttl in ms, or 0 to change nothing, then owner and since in ms per claim.
local function isDisplaced(owner, lock)
    for _, each in ipairs(lock.displaced) do
        if each.owner == owner and each.kind == '@' then
            return true
        end
    end
    return false
end

-- Those that it has displaced do not get the lock back any more.
local function settled(lock)
    local time, displaced = now(), {}
    for _, each in ipairs(lock.displaced) do
        if each.over > time then
            table.insert(displaced, {owner = each.owner, kind = '#', over = each.over})
        end
    end
    return {owner = lock.owner, left = lock.left, displaced = displaced}
end

local replies = {}
for claim = 1, (#KEYS - 1) / 3 do
    local i = 3 * claim - 2
    local owner, since = ARGV[2 * claim], ARGV[2 * claim + 1]
    local held = redis.call('GET', KEYS[i])
    local lock = held and held ~= owner and parse(held) or {owner = owner, displaced = {}}
    if lock.owner ~= owner then
        replies[#replies + 1] = isDisplaced(owner, lock) and 'DISPLACED' or 'ANOTHERS'
    elseif lock.ended or not held and wasEnded(KEYS[i + 2], KEYS[#KEYS]) then
        replies[#replies + 1] = 'ENDED'
    else
        if ARGV[1] ~= '0' then
            if #lock.displaced > 0 then
                lock = settled(lock)
            end
            write(KEYS[i], lock, ARGV[1])
            redis.call('SET', KEYS[i + 1], since, 'PX', ARGV[1])
        end
        replies[#replies + 1] = held and 'EXTENDED' or 'RECREATED'
    end
end
return replies
