-- W1 in Lua: the same loop, on integers.
local function run(n)
  local i, acc = 0, 0
  while i < n do
    i = i + 1
    if i % 3 == 0 then
      acc = acc + i
    end
  end
  return acc
end

local n = tonumber(arg and arg[1]) or 5000000
local started = os.clock()
local acc = run(n)
local seconds = os.clock() - started
local thirds = n // 3
assert(acc == 3 * thirds * (thirds + 1) // 2, "wrong sum")
print(string.format("W1 lua %d %.4f %.0f", n, seconds, (2 * n + thirds) / seconds))
