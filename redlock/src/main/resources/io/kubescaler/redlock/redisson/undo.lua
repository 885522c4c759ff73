-- KEYS: lock, launched.  ARGV: owner, which never had a stream.
local held = redis.call('GET', KEYS[1])
if not held then
    return
end
local lock = parse(held)

-- It may have been displaced meanwhile; then the later ones do not give the lock back to it.
local displaced = {}
for _, each in ipairs(lock.displaced) do
    if each.owner ~= ARGV[1] then
        table.insert(displaced, each)
    end
end
lock.displaced = displaced

if lock.owner == ARGV[1] then
    if #displaced > 0 and displaced[1].kind == '@' then
        local before = table.remove(displaced, 1)
        lock.owner = before.owner
        lock.left = before.over <= now()
    else
        lock.left = true
        lock.ended = true
    end
end
writeUnlessOver(KEYS[1], KEYS[2], lock)
