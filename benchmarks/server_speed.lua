-- For wrk: POST the lines of a file, each a body, to a path, over and over.
--   wrk ... http://127.0.0.1:8000 -- /v1/chat/completions bodies.jsonl

local bodies, place = {}, 0

function init(args)
  wrk.method, wrk.path = "POST", args[1]
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[2]) do
    bodies[#bodies + 1] = line
  end
end

function request()
  place = place % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[place])
end
