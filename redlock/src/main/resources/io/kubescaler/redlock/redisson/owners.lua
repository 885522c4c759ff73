-- What a lock key holds: its owner, then the owners that this one has displaced, the latest first.
-- Before the owner, "!" means that its session was ended, and "-" that its stream is over.
-- After a displaced owner: when its stream is over at the latest, in ms by this master's clock, or 0 if it is over.
-- Between them, "@" means that it may still get the lock back, and "#" that it may not.
local MOST_DISPLACED = 16
-- Stands for those that are too many; no owner has this name.
local OTHERS = '_'

-- As LockNode.SESSION.
local SESSION = 32

local function sessionOf(owner)
    return string.sub(owner, 1, SESSION)
end

local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- By its own mark, or among those of sessions without a lock.
local function wasEnded(mark, withoutLock)
    return redis.call('EXISTS', mark) == 1 or tonumber(redis.call('ZSCORE', withoutLock, mark) or '0') > now()
end

local function parse(held)
    local flags, owner, rest = string.match(held, '^([!-]*)(%S*)(.*)$')
    local lock = {owner = owner, ended = false, left = false, displaced = {}}
    for flag in string.gmatch(flags, '.') do
        lock[flag == '!' and 'ended' or 'left'] = true
    end
    for name, kind, over in string.gmatch(rest, '([^%s@#]+)([@#])(%d+)') do
        table.insert(lock.displaced, {owner = name, kind = kind, over = tonumber(over)})
    end
    return lock
end

-- With a ttl in ms, or else until the key would have expired.
local function write(key, lock, ttl)
    local words = {(lock.ended and '!' or '') .. (lock.left and '-' or '') .. lock.owner}
    for _, each in ipairs(lock.displaced) do
        table.insert(words, each.owner .. each.kind .. string.format('%.0f', each.over))
    end
    local value = table.concat(words, ' ')
    if ttl then
        redis.call('SET', key, value, 'PX', ttl)
    else
        redis.call('SET', key, value, 'KEEPTTL')
    end
end

local function mayStream(lock)
    local time = now()
    for _, each in ipairs(lock.displaced) do
        if each.over > time then
            return true
        end
    end
    return not lock.left
end

-- Without a stream that may go on, an ended session needs no lock.
local function writeUnlessOver(key, launched, lock)
    if lock.ended and not mayStream(lock) then
        redis.call('DEL', key, launched)
    else
        write(key, lock)
    end
end

