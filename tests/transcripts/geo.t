// Places in sorted sets.

# GEOADD
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
2
> GEOADD g 13.361389 38.115556 Palermo
0
> ZRANGE g 0 -1 WITHSCORES
["Palermo", "3479099956230698", "Catania", "3479447370796909"]
> GEOADD g NX 1 1 Palermo
0
> GEOADD g XX CH 13 38 Palermo 1 1 nowhere
1
> GEOADD g XX NX 1 1 a
(error) ERR syntax error
> GEOADD g 181 1 a
(error) ERR invalid longitude,latitude pair 181.000000,1.000000
> GEOADD g 1 86 a
(error) ERR invalid longitude,latitude pair 1.000000,86.000000
> GEOADD g x 1 a
(error) ERR value is not a valid float
> GEOADD g 1 1
(error) ERR wrong number of arguments for 'geoadd' command
> GEOADD g 1 1 a 1
(error) ERR syntax error
> GEOADD g XX CH NX
(error) ERR syntax error
> ZCARD g
2
> SET k v
OK
> GEOADD k 1 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# GEODIST, GEOHASH and GEOPOS
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
2
> GEODIST g Palermo Catania
"166274.1516"
> GEODIST g Palermo Catania km
"166.2742"
> GEODIST g Palermo Catania MI
"103.3182"
> GEODIST g Palermo Catania ft
"545518.8700"
> GEODIST g Palermo Palermo
"0.0000"
> GEODIST g Palermo nowhere
(nil)
> GEODIST missing a b
(nil)
> GEODIST g Palermo Catania foo
(error) ERR unsupported unit provided. please use M, KM, FT, MI
> GEODIST g Palermo Catania m m
(error) ERR syntax error
> GEOHASH g Palermo nowhere Catania
["sqc8b49rny0", (nil), "sqdtr74hyu0"]
> GEOHASH missing a
[(nil)]
> GEOHASH g
[]
> GEOPOS g Palermo nowhere
[["13.36138933897018433", "38.11555639549629859"], (nil array)]
> GEOPOS missing a
[(nil array)]
> GEOPOS g
[]
> ZADD odd 1.5 a -3 b 9007199254740992 c
3
> GEOPOS odd a b c
[["-179.99999731779098511", "-85.05112497791824921"], ["180", "85.0511287799999991"], ["180", "-85.05112751263942528"]]
> GEOHASH odd a b c
["00bh0hbj210", "bp05b5048p0", "00bh0hbj200"]
> SET k v
OK
> GEODIST k a b
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GEOHASH k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GEOPOS k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# GEOSEARCH
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.241510 38.788135 edge2
4
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC
["Catania", "Palermo"]
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST WITHHASH
[["Catania", "56.4413", 3479447370796909, ["15.08726745843887329", "37.50266842333162032"]], ["Palermo", "190.4424", 3479099956230698, ["13.36138933897018433", "38.11555639549629859"]], ["edge2", "279.7403", 3481342659049484, ["17.24151045083999634", "38.78813451624225195"]], ["edge1", "279.7405", 3479273021651468, ["12.7584877610206604", "38.78813451624225195"]]]
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km DESC WITHDIST
[["Catania", "166.2742"], ["edge1", "91.4007"], ["Palermo", "0.0000"]]
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 2
["Palermo", "edge1"]
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km COUNT 2 ANY DESC
["edge1", "Palermo"]
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m
[]
> GEOSEARCH g FROMMEMBER nowhere BYRADIUS 1 m
(error) ERR could not decode requested zset member
> GEOSEARCH missing FROMMEMBER nowhere BYRADIUS 1 m
[]
> GEOSEARCH missing FROMLONLAT 1 1 BYRADIUS 1 m
[]
> GEOSEARCH g FROMLONLAT 15 37
(error) ERR wrong number of arguments for 'geosearch' command
> GEOSEARCH g BYRADIUS 1 m
(error) ERR wrong number of arguments for 'geosearch' command
> GEOSEARCH g FROMLONLAT 15 37 FROMMEMBER a BYRADIUS 1 m
(error) ERR syntax error
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m BYBOX 1 1 m
(error) ERR syntax error
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS -1 m
(error) ERR radius cannot be negative
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS x m
(error) ERR need numeric radius
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 foo
(error) ERR unsupported unit provided. please use M, KM, FT, MI
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 -1 m
(error) ERR height or width cannot be negative
> GEOSEARCH g FROMLONLAT 15 37 BYBOX x 1 m
(error) ERR need numeric width
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 x m
(error) ERR need numeric height
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m COUNT 0
(error) ERR COUNT must be > 0
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m COUNT x
(error) ERR value is not an integer or out of range
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m ANY
(error) ERR the ANY argument requires COUNT argument
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 m STOREDIST
(error) ERR syntax error
> GEOSEARCH g FROMLONLAT 200 37 BYRADIUS 1 m
(error) ERR invalid longitude,latitude pair 200.000000,37.000000
> geosearch g BYRADIUS 1 m
(error) ERR wrong number of arguments for 'geosearch' command
> SET k v
OK
> GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 1 m
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# in RESP3 coordinates are doubles
@ resp3
> GEOADD g 13.361389 38.115556 Palermo
1
> GEOPOS g Palermo nowhere
[[(double) 13.36138933897018433, (double) 38.11555639549629859], (nil)]
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km WITHCOORD WITHDIST WITHHASH
[["Palermo", "190.4424", 3479099956230698, [(double) 13.36138933897018433, (double) 38.11555639549629859]]]
> GEODIST g Palermo Palermo
"0.0000"
> GEOHASH g nowhere
[(nil)]

# GEOSEARCHSTORE
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
2
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km
2
> ZRANGE d 0 -1 WITHSCORES
["Palermo", "3479099956230698", "Catania", "3479447370796909"]
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST COUNT 1
1
> ZRANGE d 0 -1 WITHSCORES
["Catania", "56.441257870158204"]
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST
(error) ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 1 m
0
> EXISTS d
0
> SET d v
OK
> GEOSEARCHSTORE d missing FROMLONLAT 15 37 BYRADIUS 1 m
0
> EXISTS d
0

# the GEORADIUS commands
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
2
> GEORADIUS g 15 37 200 km ASC
["Catania", "Palermo"]
> GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH DESC COUNT 1
[["Palermo", "190.4424", 3479099956230698, ["13.36138933897018433", "38.11555639549629859"]]]
> GEORADIUS_RO g 15 37 100 km
["Catania"]
> GEORADIUSBYMEMBER g Catania 200 km ASC WITHDIST
[["Catania", "0.0000"], ["Palermo", "166.2742"]]
> GEORADIUSBYMEMBER_RO g Catania 1 m
["Catania"]
> GEORADIUSBYMEMBER g nowhere 1 m
(error) ERR could not decode requested zset member
> GEORADIUSBYMEMBER missing nowhere x y
[]
> GEORADIUS g 15 37 200 km STORE d
2
> ZRANGE d 0 -1 WITHSCORES
["Palermo", "3479099956230698", "Catania", "3479447370796909"]
> GEORADIUS g 15 37 200 km STORE e STOREDIST d COUNT 1
1
> ZRANGE d 0 -1 WITHSCORES
["Catania", "56.441257870158204"]
> EXISTS e
0
> GEORADIUS g 15 37 200 km STORE d WITHDIST
(error) ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options
> GEORADIUS g 15 37 1 m STORE d
0
> EXISTS d
0
> GEORADIUS_RO g 15 37 100 km STORE d
(error) ERR syntax error
> GEORADIUS g 15 37 100 km STORE
(error) ERR syntax error
> GEORADIUS g 15 37 100
(error) ERR wrong number of arguments for 'georadius' command
> GEORADIUSBYMEMBER missing a 1 km STORE d
0

# GEOSEARCH in a polygon
@ only-russet: BYPOLYGON came with Valkey 9.0
> GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
2
> GEOADD Sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2
2
> GEOSEARCH Sicily BYPOLYGON 5 12.41098696654226 38.05033923003755 15.107936245794182 38.00616649901906 18.148439288534455 38.63804787603499 17.80831874257693 39.50316813110968 12.458468633214036 38.57719533463012
["Palermo", "edge2"]
> GEOSEARCH Sicily BYPOLYGON 5 12.41098696654226 38.05033923003755 15.107936245794182 38.00616649901906 18.148439288534455 38.63804787603499 17.80831874257693 39.50316813110968 12.458468633214036 38.57719533463012 ASC WITHCOORD WITHDIST
[["Palermo", "166482.0159", ["13.36138933897018433", "38.11555639549629859"]], ["edge2", "180861.7725", ["17.24151045083999634", "38.78813451624225195"]]]
> GEOSEARCHSTORE near Sicily BYPOLYGON 3 15 37 16 37 15 38.5 STOREDIST
1
> ZRANGE near 0 -1
["Catania"]
> GEOSEARCH Sicily BYPOLYGON 4 10 36 20 36 20 40 10 40 COUNT 2 ASC
["Catania", "Palermo"]
> GEOSEARCH missing BYPOLYGON 3 15 37 16 37 15 38.5
[]
> GEOSEARCH Sicily BYPOLYGON 2 15 37 16 37
(error) ERR GEOSEARCH BYPOLYGON must have at least 3 vertices
> GEOSEARCH Sicily BYPOLYGON 3 15 37 16 37
(error) ERR GEOSEARCH BYPOLYGON must have at least 3 vertices
> GEOSEARCH Sicily BYPOLYGON x 15 37 16 37
(error) ERR invalid number of vertices
> GEOSEARCH Sicily BYPOLYGON 3 15 37 16 37 15 98.5
(error) ERR invalid longitude,latitude pair 15.000000,98.500000
> GEOSEARCH Sicily BYPOLYGON 3 15 37 16 37 15 38.5 BYRADIUS 5 km
(error) ERR syntax error
> GEOSEARCH Sicily FROMMEMBER Catania BYPOLYGON 3 15 37 16 37 15 38.5
(error) ERR syntax error
> GEOSEARCH Sicily BYBOX 5 5 km BYPOLYGON 3 15 37 16 37 15 38.5
(error) ERR syntax error
> GEOSEARCH Sicily BYPOLYGON 3 15 37 16 37 15 38.5 FROMMEMBER Catania
(error) ERR syntax error
