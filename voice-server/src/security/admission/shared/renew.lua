-- Renews leases, and enters those that a Redis which was emptied no longer knows.
-- KEYS: sets of sessions; ARGV: milliseconds, then the id of the lease in each of KEYS
local time = redis.call('TIME')
local milliseconds = tonumber(ARGV[1])
local expiry = string.format('%.0f', time[1] * 1000000 + time[2] + milliseconds * 1000)
for place = 1, #KEYS do
    redis.call('ZADD', KEYS[place], expiry, ARGV[place + 1])
    redis.call('PEXPIRE', KEYS[place], milliseconds)
end
