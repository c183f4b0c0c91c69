-- One admission: the rate of an address, then the caps, then a lease in each. All or nothing but the rate,
-- which counts attempts. For a request that needs no session the rate is all there is.
-- KEYS: the address's rate; the sessions of all, of the address, and of the subject or of all without one
-- ARGV: microseconds between attempts, attempts at once, the lease's id and milliseconds, a cap for each
--       of KEYS from the second on
-- gives {0 or the number of the key that refused, microseconds to wait, attempts left, microseconds until
--        all attempts are back}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local lease, milliseconds = ARGV[3], tonumber(ARGV[4])

local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local opens = arrival - interval * (burst - 1)
if now < opens then
    return {1, opens - now, 0, arrival - now}
end
arrival = arrival + interval
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
local left = math.floor((now + interval * burst - arrival) / interval)

for place = 2, #KEYS do
    redis.call('ZREMRANGEBYSCORE', KEYS[place], '-inf', string.format('%.0f', now))
    if redis.call('ZCARD', KEYS[place]) >= tonumber(ARGV[place + 3]) then
        return {place, 0, left, arrival - now}
    end
end
for place = 2, #KEYS do
    redis.call('ZADD', KEYS[place], string.format('%.0f', now + milliseconds * 1000), lease)
    redis.call('PEXPIRE', KEYS[place], milliseconds)
end
return {0, 0, left, arrival - now}
