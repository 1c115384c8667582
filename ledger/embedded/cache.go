package embedded

// cache keeps values of the state that were used lately, also that a key was
// deleted. It has two generations: when the young one has grown to its bound, it
// becomes the old one, and what was old and not used since is forgotten. It is not
// for concurrent use.
type cache struct {
	young, old map[string][]byte
	bytes      int // in young
	bound      int // of one generation
}

// perKey is roughly what a map takes for a key beside its bytes.
const perKey = 64

func newCache(bytes int) *cache {
	return &cache{young: make(map[string][]byte), bound: bytes / 2}
}

// get says whether it knows the key; a nil value is a known absence.
func (c *cache) get(key string) (value []byte, known bool) {
	if value, known = c.young[key]; known {
		return value, true
	}
	if value, known = c.old[key]; known {
		c.put(key, value)
	}
	return value, known
}

func (c *cache) put(key string, value []byte) {
	if was, ok := c.young[key]; ok {
		c.bytes -= len(was)
	} else {
		c.bytes += len(key) + perKey
	}
	c.young[key] = value
	if c.bytes += len(value); c.bytes > c.bound {
		c.young, c.old, c.bytes = make(map[string][]byte), c.young, 0
	}
}
