-- KEYS: lock, launched.  ARGV: owner.
local held = redis.call('GET', KEYS[1])
local holder, displaced = string.match(held or '', '^(%S+) ?(%S*)$')

if holder ~= ARGV[1] then
    return
end
if displaced ~= '' then
    redis.call('SET', KEYS[1], displaced, 'KEEPTTL')
else
    redis.call('DEL', KEYS[1], KEYS[2])
end
