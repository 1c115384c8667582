// Package charset tells how a text file is encoded, and reads it as UTF-8 in Unicode's
// composed form. Besides Unicode it knows the encodings in which Vietnamese was written
// before: Windows-1258, TCVN3 (ABC) and VNI. The last two live on in files that are
// Unicode by their form, whose letters were typed in a font that draws "ö" as "ư".
package charset

// Encoding is how text became bytes.
type Encoding string

// Encodings that are known.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1258 Encoding = "windows-1258"
	TCVN3       Encoding = "tcvn3"
	VNI         Encoding = "vni"
	TCVN3InUTF8 Encoding = "tcvn3-in-utf-8" // each byte of TCVN3 became a character of Unicode
	VNIInUTF8   Encoding = "vni-in-utf-8"
)

// Sample is how many bytes tell an encoding well enough.
const Sample = 256 << 10
