package api

import "strings"

// What browsers and systems call themselves, and what people call them; the first
// that is found counts, because browsers name others beside themselves.
var (
	browserNames = [][2]string{
		{"Zalo", "Zalo"}, {"coc_coc_browser", "Cốc Cốc"}, {"SamsungBrowser/", "Samsung Internet"}, {"EdgA/", "Edge"}, {"Edg/", "Edge"},
		{"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systemNames = [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "Chromebook"}, {"Linux", "Linux"},
	}
)

// browserName is what a person recognises a browser by, such as "Chrome · Android";
// empty where nothing is known of it.
func browserName(agent string) string {
	var parts []string
	for _, names := range [][][2]string{browserNames, systemNames} {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				parts = append(parts, n[1])
				break
			}
		}
	}
	return strings.Join(parts, " · ")
}
