-- KEYS: lock, launched.  ARGV: owner.
-- The owner may have been displaced meanwhile; then the later ones do not give the lock back to it.
local owners, found = {}, false
for owner in string.gmatch(redis.call('GET', KEYS[1]) or '', '%S+') do
    if owner == ARGV[1] then
        found = true
    else
        owners[#owners + 1] = owner
    end
end

if not found then
    return
end
if #owners > 0 then
    redis.call('SET', KEYS[1], table.concat(owners, ' '), 'KEEPTTL')
else
    redis.call('DEL', KEYS[1], KEYS[2])
end
