-- KEYS: lock, launched.  ARGV: owner.
local held = redis.call('GET', KEYS[1])
if not held then
    return
end
local lock = parse(held)

lock.left = lock.left or lock.owner == ARGV[1]
for _, each in ipairs(lock.displaced) do
    each.over = each.owner == ARGV[1] and 0 or each.over
end
writeUnlessOver(KEYS[1], KEYS[2], lock)
