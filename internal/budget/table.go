package budget

import "time"

// What is scarce.
const (
	// Attention is a place among people who are known, for somebody new who has shown that they are there: what is more ranks
	// below, and is called for together with others. Regular is the same for who first came a day ago, or before, and was met
	// by nobody yet.
	Attention Thing = "attention"
	Regular   Thing = "regular"
	// Follower and OldFollower are the same for who follows an account of a platform: a line of their own, which no flood of
	// cookies uses up.
	Follower    Thing = "follower"
	OldFollower Thing = "old_follower"
	// Call is a call of their own for a visitor of whom nothing is known, while many such visitors wait; FollowerCall is the
	// same for a follower who has no place among known people.
	Call         Thing = "call"
	FollowerCall Thing = "follower_call"
	// Visitor is a new person of the web chat.
	Visitor Thing = "visitor"
	// Message is a word in the web chat, or a tap.
	Message Thing = "message"
	// Stream is an open line to a page of the web chat.
	Stream Thing = "stream"
	// Picture is a picture that is sent to a counsellor.
	Picture Thing = "picture"
	// View is a page that is looked at or searched.
	View Thing = "view"
	// Form is a form of a page that is sent.
	Form Thing = "form"
	// Look is an address of a page, a calendar or a result that leads nowhere: somebody may be guessing.
	Look Thing = "look"
	// Code is a wrong code of a shared challenge.
	Code Thing = "code"
	// PhoneCode is a wrong code that a member of staff binds a chat by.
	PhoneCode Thing = "phone_code"
	// Letter is a letter that is sent, FirstLetter one of a visitor who has not shown that somebody is there.
	Letter      Thing = "letter"
	FirstLetter Thing = "first_letter"
	// FirstBooking is an appointment, or a place in a line for one, of a visitor who has not shown that somebody is there.
	FirstBooking Thing = "first_booking"
	// FirstSignup is a place at an event of such a visitor, FirstRequest a wish that a teacher visits or a school is asked.
	FirstSignup  Thing = "first_signup"
	FirstRequest Thing = "first_request"
	// Presence is a wrong answer to the question whether somebody is there.
	Presence Thing = "presence"
	// Program is a request to the API.
	Program Thing = "program"
	// Token is a request to the API with a wrong token.
	Token Thing = "token"
)

// Table is every budget there is. A school's many phones share one network, so a network has some classes' share; a site may
// be a whole carrier's gateway. The narrow ones of a thing stand before the wide ones.
func Table() []Limit {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	return []Limit{
		{Attention, PerNetwork, 3, hour, false, "counsellors look at a few people at a time: one network's third is called for alone, its hundredth is not"},
		{Attention, PerSite, 6, hour, false, "a /48 is 65,536 networks to its owner"},
		{Attention, PerAll, 40, hour, false, "the whole city's counsellors cannot take more at once, wherever they come from"},
		{Regular, PerNetwork, 3, hour, false, "a thousand cookies of yesterday are as cheap as those of today"},
		{Regular, PerSite, 6, hour, false, "as above"},
		{Regular, PerAll, 80, hour, false, "as above"},
		{Follower, PerAccount, 24, hour, false, "a follower can be made too, but costs a telephone number; what is more stands below those who are known, and each is called for all the same"},
		{OldFollower, PerAccount, 240, hour, false, "whoever waits a day with three thousand followers has not more of the city's counsellors than all its families"},
		{Call, PerNetwork, 2, hour, false, "a real child from another network is called for by themselves while one network floods"},
		{Call, PerSite, 4, hour, false, "as above, for who has many networks"},
		{Call, PerAll, 20, hour, false, "whoever is called every three minutes stops answering"},
		{FollowerCall, PerAccount, 240, hour, false, "on the worst evening of a city each of them is a child, most likely; past four a minute one call says how many wait"},

		{Visitor, PerNetwork, 150, 10 * minute, false, "rows last; a computer room of fifty comes at once, and whoever is kept out by a neighbour waits ten minutes at most"},
		{Visitor, PerSite, 800, 10 * minute, false, "rows last"},
		{Visitor, PerAll, 8000, 10 * minute, false, "rows last; a campaign of the whole city brings its people by WeChat"},
		{Message, PerPerson, 40, minute, false, "nobody writes faster, and each is a turn of work"},
		{Message, PerNetwork, 1200, minute, false, "a school writes twenty words a second at most"},
		{Message, PerSite, 4000, minute, false, "turns of work"},
		{Stream, PerPerson, 10, 0, true, "ten open pages of one visitor; a line takes memory for as long as it is open"},
		{Stream, PerNetwork, 600, 0, true, "a school's phones and computers"},
		{Stream, PerSite, 3000, 0, true, "a carrier's gateway"},
		{Stream, PerAll, 10_000, 0, true, "what a replica holds; a page without a line asks again by itself"},
		{Picture, PerNetwork, 30, 10 * minute, false, "each takes a second to draw anew, one at a time; media.OwnPerDay bounds a person"},
		{Picture, PerSite, 150, 10 * minute, false, "as above"},

		{View, PerNetwork, 1200, minute, true, "pages are made anew for each who looks; search goes through all lessons"},
		{View, PerSite, 6000, minute, true, "as above"},
		{Form, PerNetwork, 120, 10 * minute, false, "a family sends a handful, a class some dozens"},
		{Form, PerSite, 1200, 10 * minute, false, "as above"},
		{Look, PerNetwork, 60, 10 * minute, false, "addresses of one's own are 128 random bits: nobody comes to a wrong one sixty times"},
		{Look, PerSite, 300, 10 * minute, false, "as above"},
		{Code, PerPerson, 6, 30 * minute, false, "a code is six letters and lives for 30 minutes: who was told it writes it right the third time"},
		{Code, PerNetwork, 30, 30 * minute, false, "somebody may be many visitors"},
		{Code, PerSite, 150, 30 * minute, false, "as above"},
		{Code, PerAll, 5000, 30 * minute, false, "somebody may be many followers: of 887 million codes they try five thousand"},
		{PhoneCode, PerPerson, 6, 30 * minute, false, "a code is eight digits and lives for 10 minutes"},
		{PhoneCode, PerAll, 2000, 30 * minute, false, "somebody may be many followers; whoever hits one gets the calls for help"},
		{Letter, PerPerson, 5, day, false, "each is read and answered by a teacher, within two days"},
		{Letter, PerNetwork, 20, day, false, "somebody may be many visitors; a class that writes together sends a score"},
		{Letter, PerSite, 60, day, false, "as above"},
		{FirstLetter, PerPerson, 1, day, false, "a cookie costs nothing, a teacher's hour does"},
		{FirstLetter, PerNetwork, 5, day, false, "a handful of a school write at once; then each shows that they are there"},
		{FirstLetter, PerSite, 10, day, false, "as above"},
		{FirstLetter, PerAll, 60, day, false, "what teachers can read in a day"},
		{FirstBooking, PerPerson, 1, day, false, "a cookie costs nothing, a place at a station keeps a family out"},
		{FirstBooking, PerNetwork, 5, day, false, "as above"},
		{FirstBooking, PerSite, 10, day, false, "as above"},
		{FirstBooking, PerAll, 200, day, false, "a part of the city's places, whoever has how many networks"},
		{FirstSignup, PerPerson, 1, day, false, "a cookie costs nothing, a seat keeps a family out"},
		{FirstSignup, PerNetwork, 5, day, false, "as above"},
		{FirstSignup, PerSite, 10, day, false, "as above"},
		{FirstSignup, PerAll, 200, day, false, "as above"},
		{FirstRequest, PerPerson, 1, day, false, "a teacher looks into each"},
		{FirstRequest, PerNetwork, 5, day, false, "as above"},
		{FirstRequest, PerSite, 10, day, false, "as above"},
		{FirstRequest, PerAll, 60, day, false, "as above"},
		{Presence, PerNetwork, 40, 10 * minute, false, "an easy question has few answers"},
		{Presence, PerSite, 200, 10 * minute, false, "as above"},

		{Program, PerPerson, 600, minute, false, "a program of the city asks every few seconds, not ten times a second"},
		{Token, PerNetwork, 30, 10 * minute, false, "a token is 128 random bits, and checking one asks the database"},
		{Token, PerSite, 200, 10 * minute, false, "as above"},
	}
}
