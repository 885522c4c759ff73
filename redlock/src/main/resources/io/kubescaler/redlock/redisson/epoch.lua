-- KEYS: lock, epoch.  ARGV: owner, epoch, how long to remember it in ms.
local holder = string.match(redis.call('GET', KEYS[1]) or '', '^%S*')
local known = tonumber(redis.call('GET', KEYS[2]) or '0')

if holder ~= ARGV[1] or known >= tonumber(ARGV[2]) then
    return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
