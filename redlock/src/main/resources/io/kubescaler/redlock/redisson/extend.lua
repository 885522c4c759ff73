-- KEYS: lock and launched per claim.  ARGV: ttl in ms, then owner and since in ms per claim.
local replies = {}
for i = 1, #KEYS, 2 do
    local owner, since = ARGV[i + 1], ARGV[i + 2]
    local held = redis.call('GET', KEYS[i])
    local holder, displaced = string.match(held or '', '^(%S*)(.*)$')
    if held and holder ~= owner then
        replies[#replies + 1] = string.find(displaced .. ' ', ' ' .. owner .. ' ', 1, true) and 'DISPLACED' or 'ANOTHERS'
    else
        redis.call('SET', KEYS[i], owner, 'PX', ARGV[1])
        redis.call('SET', KEYS[i + 1], since, 'PX', ARGV[1])
        replies[#replies + 1] = held and 'EXTENDED' or 'RECREATED'
    end
end
return replies
